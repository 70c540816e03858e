"""How releases are called: versions that people read, and the tags that carry them."""

from __future__ import annotations

import re

from envctl.domain.oci import short_hex
from envctl.errors import UsageError

_VERSION = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
_TAG = re.compile(rf"r\.(?P<version>{_VERSION})\.(?P<hex>[0-9a-f]{{32}})")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)


def default_version(commit: str, created: str) -> str:
    """Return the version of a release that was given none: `20260131-235959-1a2b3c4d`.

    `created` is the time of the commit, as `2026-01-31T23:59:59Z`.
    """
    found = _TIME.fullmatch(created)
    if found is None:
        raise ValueError(f"{created!r} is no time in UTC")
    numbers = found.groups()
    return f"{''.join(numbers[:3])}-{''.join(numbers[3:])}-{commit[:8]}"


def is_time(text: str) -> bool:
    """Whether `text` is a time in UTC, as releases carry it."""
    return bool(_TIME.fullmatch(text))


def checked_version(text: str) -> str:
    """Return `text` if a release can be called so; UsageError otherwise."""
    if re.fullmatch(_VERSION, text, re.ASCII):
        return text
    raise UsageError(
        f"{text!r} cannot be a version",
        hint="use up to 64 letters, digits, dots, - and _, and begin with none of . and -",
    )


def release_tag(version: str, digest: str) -> str:
    """Return the tag of the release with this digest."""
    return f"r.{checked_version(version)}.{short_hex(digest)}"


def read_release_tag(tag: str) -> tuple[str, str] | None:
    """Return the version in `tag` and 32 digits of the digest; None for another kind of tag."""
    found = _TAG.fullmatch(tag)
    return (found["version"], found["hex"]) if found else None


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts versions as people do: `1.9` before `1.10`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", version)
    return tuple((0, int(p), p) if p[0] in "0123456789" else (1, 0, p) for p in parts)

"""What registries say in headers, taken apart; no input or output."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a form, as RFC 9110 calls it
_WORD = re.compile(rf'({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(rf"({_TOKEN})(?=[\s,]|$)")
_BETWEEN = re.compile(r"[\s,]*")
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)", re.ASCII)


@dataclass(frozen=True)
class Challenge:
    """One way to prove who is asking; `scheme` and the names in `words` are lower-case."""

    scheme: str
    words: Mapping[str, str] = field(default_factory=dict)


def challenges(header: str) -> tuple[Challenge, ...]:
    """Return what a WWW-Authenticate header offers; what comes after nonsense is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    at = _after(_BETWEEN, header, 0)
    while at < len(header):
        if found and (word := _WORD.match(header, at)):
            value = word[3] if word[2] is None else re.sub(r"\\(.)", r"\1", word[2])
            found[-1][1].setdefault(word[1].lower(), value)
        elif word := _SCHEME.match(header, at):
            found.append((word[1].lower(), {}))
        else:
            break
        at = _after(_BETWEEN, header, word.end())
    return tuple(Challenge(scheme, words) for scheme, words in found)


def next_page(header: str) -> str:
    """Return where a Link header says that the list goes on; empty when it ends."""
    for target, rest in _LINK.findall(header):
        for quoted, plain in _REL.findall(rest):
            if "next" in (quoted or plain).lower().split():
                return str(target)
    return ""


def uploaded(header: str) -> int:
    """Return how many bytes a Range header says have come; `0-0` is said of none, too."""
    found = _RANGE.fullmatch(header.strip())
    last = int(found[1]) if found else 0
    return last + 1 if last else 0


def delay(retry_after: str, date: str) -> float:
    """Return the seconds that Retry-After asks for; times are compared with the sender's own."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    from email.utils import parsedate_to_datetime  # 10 ms that hardly anybody needs

    try:
        apart = parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return 0.0
    return max(0.0, apart.total_seconds())


def utc(date: str) -> str:
    """Return the time of a Date header as `2026-01-31T23:59:59Z`; empty for what is none."""
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return ""
    offset = found.utcoffset()
    plain = found.replace(tzinfo=None) - offset if offset else found.replace(tzinfo=None)
    return f"{plain.isoformat(timespec='seconds')}Z"


def _after(form: re.Pattern[str], text: str, at: int) -> int:
    found = form.match(text, at)
    return found.end() if found else at

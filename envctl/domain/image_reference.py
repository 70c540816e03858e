"""Names of images, taken apart once and strictly, as the engine does it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from envctl.errors import ConfigurationError

HUB = "docker.io"
_HUB_NAMES = ("docker.io", "index.docker.io")
_OFFICIAL = "library/"
_LONGEST = 255
_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_WORD}(?:\.{_WORD})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?", re.ASCII)
_PART = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*", re.ASCII)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class ImageReference:
    """An image's name in full: nothing is added that was not written but the host of the Hub.

    `tag` and `digest` are empty when they are not said; that is never taken for `latest`.
    """

    host: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The name without tag and digest, in full."""
        return f"{self.host}/{self.repository}"

    @property
    def reference(self) -> str:
        """What a registry is asked for: the digest, else the tag; empty when neither is said."""
        return self.digest or self.tag

    @property
    def familiar(self) -> str:
        """The form that people write: `nginx:1.22` for `docker.io/library/nginx:1.22`."""
        name = self.name
        if self.host == HUB:
            name = self.repository
            short = name.removeprefix(_OFFICIAL)
            name = name if "/" in short else short
        return name + self._suffix

    def tagged(self, tag: str) -> ImageReference:
        """Return the same repository with `tag`, and no digest."""
        return replace(self, tag=_checked(f"{self.name}:{tag}", tag, _TAG, "tag"), digest="")

    def pinned(self, digest: str) -> ImageReference:
        """Return the same image with `digest`."""
        text = f"{self.name}@{digest}"
        return replace(self, digest=_checked(text, digest, _DIGEST, "digest"))

    def __str__(self) -> str:
        return self.name + self._suffix

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{tag}@{self.digest}" if self.digest else tag


def parse_image_reference(text: str) -> ImageReference:
    """Return the parts of `text`; ConfigurationError says which of them is wrong."""
    plain, at, digest = text.partition("@")
    if at:
        _checked(text, digest, _DIGEST, "digest")
    if _ID.fullmatch(plain):
        raise _wrong(text, "it is the ID of an image")
    name, tag = _split_tag(plain)
    if tag is not None:
        _checked(text, tag, _TAG, "tag")
    host, repository = _split_host(name)
    _check_repository(text, host, repository)
    return ImageReference(host, repository, tag or "", digest)


def is_digest(text: str) -> bool:
    """Whether `text` is a whole digest."""
    return _DIGEST.fullmatch(text) is not None


def _split_tag(plain: str) -> tuple[str, str | None]:
    """A colon before the last slash is a port's."""
    head, slash, last = plain.rpartition("/")
    name, colon, tag = last.partition(":")
    return head + slash + name, tag if colon else None


def _split_host(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_host = set(first) & set(".:") or first == "localhost" or first != first.lower()
    host, repository = (first, rest) if slash and is_host else (HUB, name)
    if host in _HUB_NAMES:
        return HUB, repository if "/" in repository else _OFFICIAL + repository
    return host, repository


def _check_repository(text: str, host: str, repository: str) -> None:
    if not _HOST.fullmatch(host):
        raise _wrong(text, f"{host!r} is no name of a registry")
    if not repository.removeprefix(_OFFICIAL):
        raise _wrong(text, "it names no repository")
    for part in repository.split("/"):
        if part != part.lower():
            raise _wrong(text, f"{part!r} has upper-case letters")
        if not _PART.fullmatch(part):
            raise _wrong(text, f"{part!r} is no part of a repository's name")
    if len(repository) > _LONGEST:
        raise _wrong(text, f"the repository's name is longer than {_LONGEST} characters")


def _checked(text: str, part: str, form: re.Pattern[str], what: str) -> str:
    if not form.fullmatch(part):
        raise _wrong(text, f"{part!r} is no {what}" if part else f"the {what} is empty")
    return part


def _wrong(text: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{text!r} is no image reference: {why}",
        hint="write it as [HOST[:PORT]/]REPOSITORY[:TAG][@sha256:DIGEST]",
    )

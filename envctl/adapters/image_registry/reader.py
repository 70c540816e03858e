"""Reads a registry: manifests, blobs and tags, each compared with its digest."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from envctl.adapters.image_registry.complaints import nonsense
from envctl.adapters.image_registry.downloads import Download
from envctl.adapters.image_registry.headers import next_page, utc
from envctl.adapters.image_registry.session import Call
from envctl.domain.image_reference import is_digest
from envctl.domain.oci import DOCKER_INDEX, DOCKER_MANIFEST, INDEX, MANIFEST, Content
from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.adapters.image_registry.session import Answer, Session

_ACCEPT = {"Accept": ", ".join((INDEX, MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST))}
_DIGEST = "Docker-Content-Digest"
_PAGE = 1000
_AT_ONCE = 8
_TAGS_LIMIT = 64 << 20


class RegistryReader:
    """Reads the registry that `session` speaks to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def host(self) -> str:
        """The registry's name, as image references have it."""
        return self._session.host

    def time(self) -> str:
        """Return the registry's own time, as `2026-01-31T23:59:59Z`; empty when it says none."""
        answer = self._session.ask(Call("GET", "/v2/", (), (200,)))
        return utc(answer.headers.get("Date", ""))

    def manifest(self, repository: str, reference: str) -> Content | None:
        """Return a manifest; None when there is none."""
        answer = self._session.ask(_read("GET", repository, f"manifests/{reference}", _ACCEPT))
        if answer.status == 404:
            return None
        _check(answer, answer.body, reference)
        return Content(_media_type(answer), answer.body)

    def digest(self, repository: str, reference: str) -> str:
        """Return the digest of a manifest without reading it; empty when there is none."""
        answer = self._session.ask(
            _read("HEAD", repository, f"manifests/{reference}", _ACCEPT, fine=(200, 404, 405))
        )
        if answer.status == 404:
            return ""
        said = answer.headers.get(_DIGEST, "")
        if answer.status == 405 or not said:
            manifest = self.manifest(repository, reference)
            return manifest.digest if manifest else ""
        if not is_digest(said) or (is_digest(reference) and said != reference):
            raise nonsense(answer.request, f"it is {reference}, and it says {said}")
        return said

    def digests(self, repository: str, references: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of those of `references` that are there, asked for all at once."""
        wanted = tuple(references)
        if not wanted:
            return {}
        with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
            found = pool.map(lambda reference: self.digest(repository, reference), wanted)
            return {name: digest for name, digest in zip(wanted, found, strict=True) if digest}

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether the repository has a blob."""
        return self._session.ask(_read("HEAD", repository, f"blobs/{digest}")).status == 200

    def blob(self, repository: str, digest: str, limit: int) -> bytes:
        """Return a blob of at most `limit` bytes; Failed when it is not there or larger."""
        content = bytearray()
        for data in self.blob_chunks(repository, digest):
            content += data
            if len(content) > limit:
                where = f"{self.host}/{repository}@{digest}"
                raise Failed(
                    f"{where} has more than {limit} bytes", hint="this is not what was sent"
                )
        return bytes(content)

    def blob_chunks(self, repository: str, digest: str, start: int = 0) -> Iterator[bytes]:
        """Yield a blob from byte `start` on; a break is continued where it happened."""
        return Download(self._session, repository, digest, start).chunks()

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return all tags, sorted, each once; none where there is no such repository.

        Some registries give all at once whatever is asked, some do not say that there are more,
        and some would send us around in a circle: it ends when a page brings nothing new.
        """
        known: set[str] = set()
        page = f"/v2/{repository}/tags/list?n={_PAGE}"
        while page:
            answer = self._session.ask(_read_url(page, repository))
            found = _tag_list(answer)
            if known.issuperset(found):
                break
            known.update(found)
            page = _following(answer, page, found)
        return tuple(sorted(known))


def pulling(repository: str) -> tuple[str, ...]:
    """Return what one has to be allowed to read a repository."""
    return (f"repository:{repository}:pull",)


def _read(
    method: str,
    repository: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    fine: tuple[int, ...] = (200, 404),
) -> Call:
    return Call(method, f"/v2/{repository}/{path}", pulling(repository), fine, headers or {})


def _read_url(url: str, repository: str) -> Call:
    return Call("GET", url, pulling(repository), (200, 404), limit=_TAGS_LIMIT)


def _check(answer: Answer, content: bytes, reference: str) -> None:
    """What was asked for by digest has it, and what is said to have one as well."""
    for wanted in (reference, answer.headers.get(_DIGEST, "")):
        algorithm, colon, _ = wanted.partition(":")
        if not colon:
            continue
        if not is_digest(wanted):
            raise nonsense(answer.request, f"{wanted!r} is no digest")
        found = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
        if found != wanted:
            raise nonsense(answer.request, f"the content has the digest {found}, not {wanted}")


def _media_type(answer: Answer) -> str:
    """Return the type that the content names, else that of the header."""
    content = _object(answer)
    said = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    own = content.get("mediaType")
    if isinstance(own, str) and own:
        return own
    if said.startswith("application/vnd."):
        return said
    return INDEX if "manifests" in content else MANIFEST


def _tag_list(answer: Answer) -> list[str]:
    if answer.status == 404:
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            raise nonsense(answer.request, "a page for people, where a registry would answer JSON")
        return []
    tags = _object(answer).get("tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise nonsense(answer.request, "its list of tags is none")
    return tags


def _object(answer: Answer) -> dict[str, Any]:
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        kind = answer.headers.get("Content-Type", "") or "something"
        raise nonsense(answer.request, f"{kind.partition(';')[0]} where JSON was expected")
    return content


def _following(answer: Answer, page: str, found: list[str]) -> str:
    """Return the next page, on this registry whatever name it has for itself; empty at the end."""
    if target := next_page(answer.headers.get("Link", "")):
        parts = urlsplit(urljoin(page, target))
        return f"{parts.path}?{parts.query}"
    full = len(found) == _PAGE
    return f"{urlsplit(page).path}?n={_PAGE}&last={found[-1]}" if full else ""

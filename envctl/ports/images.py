"""What the workflows need from a registry of images: one port to read it, one to write to it.

A registry is bound to its host; `repository` is the name there, without the host. `reference` is
a tag or a digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.oci import Content


class ImageRegistryReader(Protocol):
    """Reads a registry; everything returned was compared with its digest.

    Every method raises Unreachable when the registry does not answer or answers nonsense, and
    Refused when it denies.
    """

    @property
    def host(self) -> str:
        """The registry's name, as image references have it."""

    def time(self) -> str:
        """Return the registry's own time, as `2026-01-31T23:59:59Z`; empty when it says none."""

    def manifest(self, repository: str, reference: str) -> Content | None:
        """Return a manifest; None when there is none."""

    def digest(self, repository: str, reference: str) -> str:
        """Return the digest of a manifest without reading it; empty when there is none."""

    def digests(self, repository: str, references: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of those of `references` that are there, asked for all at once."""

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether the repository has a blob."""

    def blob(self, repository: str, digest: str, limit: int) -> bytes:
        """Return a blob of at most `limit` bytes; Failed when it is not there or larger."""

    def blob_chunks(self, repository: str, digest: str, start: int = 0) -> Iterator[bytes]:
        """Yield a blob from byte `start` on; a break is continued where it happened.

        What begins at 0 is compared with the digest at its end: until then nothing is proved.
        """

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return all tags, sorted, each once; none where there is no such repository."""


class ImageRegistry(ImageRegistryReader, Protocol):
    """The same, and writes; what is there already is not sent again, so all can be repeated."""

    def put_manifest(self, repository: str, reference: str, manifest: Content) -> str:
        """Put a manifest under a tag, or its own digest; returns the digest."""

    def put_blob(self, repository: str, content: bytes) -> str:
        """Put a blob and return its digest."""

    def mount_blob(self, repository: str, digest: str, source_repository: str) -> bool:
        """Let `repository` have a blob of another one, without sending it; False if it cannot."""

    def copy_blob(
        self,
        source: ImageRegistryReader,
        source_repository: str,
        repository: str,
        digest: str,
        size: int,
    ) -> None:
        """Copy a blob from `source`, a piece at a time; mounted when it is the same registry."""

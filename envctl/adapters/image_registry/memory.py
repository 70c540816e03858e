"""A registry for the length of one command: what is put there is seen by nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.adapters.image_registry.absent import AbsentRegistry
from envctl.domain.oci import digest_of
from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.oci import Content


@dataclass(frozen=True)
class MemoryRegistry(AbsentRegistry):
    """Keeps manifests and small blobs; copies none from elsewhere."""

    host: str = "memory"
    _manifests: dict[tuple[str, str], Content] = field(default_factory=dict)
    _blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def manifest(self, repository: str, reference: str) -> Content | None:
        """Return a manifest; None when there is none."""
        return self._manifests.get((repository, reference))

    def digest(self, repository: str, reference: str) -> str:
        """Return the digest of a manifest; empty when there is none."""
        found = self.manifest(repository, reference)
        return found.digest if found else ""

    def digests(self, repository: str, references: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of those of `references` that are there."""
        found = {one: self.digest(repository, one) for one in references}
        return {one: digest for one, digest in found.items() if digest}

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether the repository has a blob."""
        return (repository, digest) in self._blobs

    def blob(self, repository: str, digest: str, limit: int) -> bytes:
        """Return a blob; Failed when it is not there or larger than `limit`."""
        data = self._blobs.get((repository, digest))
        if data is None or len(data) > limit:
            raise Failed(f"there is no {digest} in memory")
        return data

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return all tags, sorted."""
        return tuple(sorted(tag for own, tag in self._manifests if own == repository))

    def put_manifest(self, repository: str, reference: str, manifest: Content) -> str:
        """Put a manifest under a tag; returns its digest."""
        self._manifests[repository, reference] = manifest
        return manifest.digest

    def put_blob(self, repository: str, content: bytes) -> str:
        """Put a blob and return its digest."""
        digest = digest_of(content)
        self._blobs[repository, digest] = content
        return digest

"""The registry of projects that name none, as long as nobody has needed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Failed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.oci import Content
    from envctl.ports.images import ImageRegistryReader


@dataclass(frozen=True)
class AbsentRegistry:
    """Has nothing, so that what reads it need not know that it was never started."""

    host: str

    def time(self) -> str:
        """Return nothing."""
        return ""

    def manifest(self, repository: str, reference: str) -> Content | None:
        """Return None."""
        return None

    def digest(self, repository: str, reference: str) -> str:
        """Return nothing."""
        return ""

    def digests(self, repository: str, references: Iterable[str]) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    def has_blob(self, repository: str, digest: str) -> bool:
        """Return False."""
        return False

    def blob(self, repository: str, digest: str, limit: int) -> bytes:
        """Raise Failed."""
        raise Failed(f"there is no registry, and no {digest} in it")

    def blob_chunks(self, repository: str, digest: str, start: int = 0) -> Iterator[bytes]:
        """Raise Failed."""
        raise Failed(f"there is no registry, and no {digest} in it")

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def put_manifest(self, repository: str, reference: str, manifest: Content) -> str:
        """Raise Unreachable."""
        raise _nowhere()

    def put_blob(self, repository: str, content: bytes) -> str:
        """Raise Unreachable."""
        raise _nowhere()

    def mount_blob(self, repository: str, digest: str, source_repository: str) -> bool:
        """Return False."""
        return False

    def copy_blob(
        self,
        source: ImageRegistryReader,
        source_repository: str,
        repository: str,
        digest: str,
        size: int,
    ) -> None:
        """Raise Unreachable."""
        raise _nowhere()


def _nowhere() -> Unreachable:
    return Unreachable(
        "no registry was started on this machine yet",
        hint="envctl release starts it; one that is elsewhere is named in envctl.toml, registry",
    )

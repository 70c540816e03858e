"""The registry of projects that name none, as long as nobody has needed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.oci import Content


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

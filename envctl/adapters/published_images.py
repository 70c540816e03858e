"""Images that were built elsewhere, in the project's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class NoRegistry:
    """Where no registry is in use, nothing is published."""

    def find(self, kept: Iterable[str]) -> Mapping[str, str]:
        """Return nothing."""
        return {}

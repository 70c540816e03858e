"""Which places in a container edits can be brought to: not what is mounted there from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.observed import Mount


class Reach:
    """Knows the mounts of a container.

    What is at or below a folder or file of the host is that, and would be written, or removed,
    there. A file system in memory is not what the engine writes to, and a read-only one is not
    written to at all.
    """

    def __init__(self, mounts: Iterable[Mount]) -> None:
        self._mounts = {m.target.rstrip("/"): m for m in mounts if m.target}

    def why_not(self, target: str) -> str:
        """Return why nothing can be brought to `target`; empty where it can."""
        mount = self._over(target)
        if mount is None:
            return ""
        if mount.kind == "bind":
            return f"{mount.target} is mounted from {mount.source}"
        if mount.kind == "tmpfs":
            return f"{mount.target} is in memory, where the engine does not write"
        return "" if mount.writable else f"{mount.target} is mounted read-only"

    def is_mounted(self, target: str) -> bool:
        """Whether `target`, or something below it, is a mount: it cannot be removed."""
        below = f"{target}/"
        return any(place == target or place.startswith(below) for place in self._mounts)

    def _over(self, target: str) -> Mount | None:
        while target:
            if (found := self._mounts.get(target)) is not None:
                return found
            target = target.rpartition("/")[0]
        return None

"""The store of a stage in memory; `before` is told of each call, and may break it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def nothing(call: str) -> None:
    """Do nothing."""


@dataclass
class FakeStageStore:
    files: dict[str, bytes] = field(default_factory=dict)
    before: Callable[[str], None] = nothing
    volume: str = "store"

    def names(self, folder: str) -> tuple[str, ...]:
        self.before(f"names {folder}")
        return tuple(sorted(rest for rest in self._inside(folder) if "/" not in rest))

    def folders(self, folder: str) -> tuple[str, ...]:
        self.before(f"folders {folder}")
        return tuple(sorted({r.partition("/")[0] for r in self._inside(folder) if "/" in r}))

    def read(self, path: str) -> bytes | None:
        self.before(f"read {path}")
        return self.files.get(path)

    def write(self, files: Mapping[str, bytes], *, mode: int = 0o600) -> None:
        self.before(f"write {' '.join(files)}")
        self.files |= files

    def remove(self, path: str) -> None:
        self.before(f"remove {path}")
        self.files = {
            name: data
            for name, data in self.files.items()
            if name != path and not name.startswith(f"{path}/")
        }

    def _inside(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        return [path[len(start) :] for path in self.files if path.startswith(start)]

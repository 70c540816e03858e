"""Which playgrounds belong to a process, and go with it: a file each beside the playground's own.

The process holds its file's lock. Who finds one that nobody holds has found what a killed
process left.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from envctl.adapters.lock_file import locked, seized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from envctl.adapters.registry import FileRegistry

_KIND = "run"


@dataclass(frozen=True)
class RunMark:
    """A playground of a process, with what else there is of it.

    `project` is whose snapshots it may have; `built` are the services that it builds.
    """

    name: str
    project: str
    built: tuple[str, ...] = ()


class RunMarks:
    """The marks of one engine's playgrounds; OSError where the state folder is not writable."""

    def __init__(self, registry: FileRegistry) -> None:
        self._registry = registry

    @contextmanager
    def held(self, mark: RunMark) -> Iterator[None]:
        """Mark a playground for as long as this process lives, or until the block is left.

        A block that ends with an error leaves the mark, for the next process to see.
        """
        path = self._registry.path(mark.name, _KIND)
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            path.write_text(json.dumps(asdict(mark)), encoding="utf-8")
            yield
            path.unlink(missing_ok=True)

    def sweep(self, clear: Callable[[RunMark], bool]) -> None:
        """Let `clear` take away what processes left that are gone; True says that it is done.

        Two processes never clear the same at once.
        """
        pattern = self._registry.path("*", _KIND).name
        for path in sorted(self._registry.folder.glob(pattern)):
            with suppress(OSError), seized(path) as free:
                mark = _read(path) if free else None
                if free and (mark is None or clear(mark)):
                    path.unlink(missing_ok=True)

    @contextmanager
    def at_images(self, project: str) -> Iterator[None]:
        """Be the only process that brings images for such playgrounds of a project."""
        self._registry.folder.mkdir(parents=True, exist_ok=True)
        with locked(self._registry.folder / f".{project}-images.lock"):
            yield


def _read(path: Path) -> RunMark | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return RunMark(str(said["name"]), str(said["project"]), tuple(map(str, said["built"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None

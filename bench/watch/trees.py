"""Trees of files: what they are, and when a container has the same."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.002
AGAIN = 0.2
FOLDER = -1
Sizes = Mapping[str, int]
"""How large the files of a tree are, by path; folders are `FOLDER`."""


@dataclass(frozen=True)
class Copied:
    """What came of a copy: seconds until it was the same, None where it never was."""

    took: float | None
    differing: int = 0

    def later(self, seconds: float) -> Copied:
        """Return the same, had it begun so many seconds later."""
        return self if self.took is None else Copied(self.took - seconds)


def sizes(root: Path) -> Sizes:
    """Return the sizes of all that is below `root`."""
    return {name: _size(os.lstat(root / name)) for name in _names(root)}


def differing(one: Path, other: Path) -> set[str]:
    """Return the paths that are not the same in both: kind, exec bit, content."""
    mine, theirs = _contents(one), _contents(other)
    return {name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)}


def until_same(
    disk: Path, inside: Path, before: Sizes, after: Sizes, begun: float, patience: float
) -> Copied:
    """Wait until `inside` is what `disk` is, and say how long after `begun` that was.

    What has to change, from `before` to `after`, is looked at path by path, each until it is right:
    that disturbs nobody, and sees the last one at once. Then all is compared, and that takes no
    time unless something is still another; sizes have to differ where contents do.
    """
    last = begun + patience
    for name in sorted({*before, *after}):
        wanted = after.get(name)
        while before.get(name) != wanted and _size_of(inside / name) != wanted:
            if time.perf_counter() > last:
                return Copied(None, len(differing(disk, inside)))
            time.sleep(PAUSE)
    took = time.perf_counter() - begun
    while left := differing(disk, inside):
        if time.perf_counter() > last:
            return Copied(None, len(left))
        time.sleep(AGAIN)
        took = time.perf_counter() - begun
    return Copied(took)


def _names(root: Path) -> Iterator[str]:
    todo = [""]
    while todo:
        below = todo.pop()
        with os.scandir(root / below) as entries:
            for entry in entries:
                name = f"{below}/{entry.name}" if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    todo.append(name)
                yield name


def _contents(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return what is at each path; what goes meanwhile is no content at all."""
    found = {}
    for name in _names(root):
        path = root / name
        try:
            mode = os.lstat(path).st_mode
            kind = stat.S_IFMT(mode) | mode & stat.S_IXUSR
            found[name] = (kind, path.read_bytes() if stat.S_ISREG(mode) else b"")
        except OSError:
            continue
    return found


def _size(found: os.stat_result) -> int:
    return FOLDER if stat.S_ISDIR(found.st_mode) else found.st_size


def _size_of(path: Path) -> int | None:
    try:
        return _size(os.lstat(path))
    except OSError:
        return None

"""Read the small text files of a project that a release carries."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.domain.carried_file import (
    EMPTY,
    FOLDER,
    MISSING,
    MOST_BYTES,
    UNCOMMITTED,
    CarriedFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class ProjectContent:
    """The files below `root`; relative paths are those of the Compose files in `folder`.

    `is_committed` judges a path, links followed: what is in no commit is not carried.
    """

    def __init__(
        self, folder: Path, root: Path, is_committed: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._folder, self._root = folder, os.path.realpath(root)
        self._is_committed = is_committed

    def read(self, path: str) -> CarriedFile | None:
        """Return what `path` holds; None for an absolute path to outside of the project."""
        absolute = path.startswith(("/", "~"))
        real = os.path.realpath(self._folder / path) if path[:1] != "~" else path
        inside = real == self._root or real.startswith(f"{self._root}/")
        if inside:
            found = _read(Path(real))
            whole = found.is_missing or found.is_folder or self._is_committed(real)
            return found if whole else CarriedFile(problem=UNCOMMITTED)
        return None if absolute else CarriedFile(problem="lies outside of the project")


def _read(path: Path) -> CarriedFile:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return CarriedFile(problem="is no regular file")
            return _carried(file.read(MOST_BYTES + 1), bool(found.st_mode & 0o100))
    except FileNotFoundError:
        return CarriedFile(problem=MISSING)
    except IsADirectoryError:
        return CarriedFile(problem=FOLDER)
    except OSError as error:
        return CarriedFile(problem=f"cannot be read: {error.strerror}")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe has nobody at its other end


def _carried(data: bytes, executable: bool) -> CarriedFile:
    if len(data) > MOST_BYTES:
        return CarriedFile(problem=f"has more than {MOST_BYTES // 1024} KiB")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return CarriedFile(problem="is no text in UTF-8")
    if "\0" in text:
        return CarriedFile(problem="is no text: it has zero bytes")
    return CarriedFile(text, executable, problem="" if text else EMPTY)

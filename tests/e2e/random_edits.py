"""Edits of a folder, one of any kind after the other, as values."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d e", "ü")
FILE_MODES = (0o644, 0o600, 0o755, 0o444)
FOLDER_MODES = (0o755, 0o700, 0o711, 0o1777)
LARGE = 5 << 20
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


class Step(NamedTuple):
    """One edit, or something that is done to a container."""

    what: str
    path: str = ""
    other: str = ""
    number: int = 0

    def edit(self, folder: Path) -> None:
        """Do it below `folder`; what cannot be done is left."""
        EDITS[self.what](folder, self)


def _gone(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def _room(folder: Path, path: str) -> Path:
    """Return a path whose folders are there, and are no links."""
    place = folder
    for part in path.split("/")[:-1]:
        place /= part
        if place.is_symlink() or not place.is_dir():
            _gone(place)
            place.mkdir()
    return folder / path


def _write(folder: Path, step: Step) -> None:
    path = _room(folder, step.path)
    if path.is_symlink() or path.is_dir():
        _gone(path)
    path.write_text(f"{step.number} " * (step.number % 50))


def _large(folder: Path, step: Step) -> None:
    path = _room(folder, step.path)
    _gone(path)
    path.write_bytes(step.number.to_bytes(2, "big") * (LARGE // 2))


def _append(folder: Path, step: Step) -> None:
    path = folder / step.path
    if path.is_file():
        with path.open("a") as file:
            file.write(f"and {step.number}")


def _replace(folder: Path, step: Step) -> None:
    path = _room(folder, step.path)
    if path.is_dir() and not path.is_symlink():
        _gone(path)
    new = path.with_name(f"new {step.number}")
    new.write_text(f"replaced {step.number}")
    new.replace(path)


def _delete(folder: Path, step: Step) -> None:
    _gone(folder / step.path)


def _make(folder: Path, step: Step) -> None:
    path = _room(folder, step.path)
    if path.is_symlink() or not path.is_dir():
        _gone(path)
        path.mkdir()


def _chmod(folder: Path, step: Step) -> None:
    path = folder / step.path
    if path.exists():
        path.chmod((FOLDER_MODES if path.is_dir() else FILE_MODES)[step.number % 4])


def _link(folder: Path, step: Step) -> None:
    path = _room(folder, step.path)
    _gone(path)
    path.symlink_to(step.other)


def _move(folder: Path, step: Step) -> None:
    """A file, a link, or a folder with all in it; what is at the new place is gone."""
    one, two = f"{step.path}/", f"{step.other}/"
    if one.startswith(two) or two.startswith(one):
        return
    path, place = folder / step.path, _room(folder, step.other)
    if os.path.lexists(path):
        _gone(place)
        if os.path.lexists(path):  # it may have been the same, by another way
            path.rename(place)


EDITS: dict[str, Callable[[Path, Step], None]] = {
    "write": _write,
    "large": _large,
    "append": _append,
    "replace": _replace,
    "delete": _delete,
    "make": _make,
    "chmod": _chmod,
    "link": _link,
    "move": _move,
}
_OFTEN = ("write", "write", "append", "replace", "delete", "make", "chmod", "link", "move", "move")
EDIT = st.builds(
    Step,
    st.sampled_from([*_OFTEN * 4, "large"]),
    path=PATHS,
    other=PATHS,
    number=st.integers(0, 999),
)

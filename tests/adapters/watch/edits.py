"""Edits of all kinds in a small world, so that they meet; one that cannot be made is not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

TOPS = ("root", "lib", "conf", "out")
NAMES = ("a", "b", "c", "cache", "node_modules", "half", "kept", "x.log")


class Edit(NamedTuple):
    """What is done: to an entry that there is, and `name` in a folder, both found by counting."""

    what: str
    entry: int
    folder: int
    name: int


def make(base: Path, edit: Edit) -> None:
    """Do it if it can be done."""
    entries, folders = [], [str(base)]
    for folder in folders:
        for one in sorted(os.scandir(folder), key=lambda entry: entry.name):
            entries.append(one.path)
            folders += [one.path] if one.is_dir(follow_symlinks=False) else []
    folder = folders[edit.folder % len(folders)]
    names = TOPS if folder == str(base) else NAMES
    new = Path(folder, names[edit.name % len(names)])
    old = Path(entries[edit.entry % len(entries)]) if entries else new
    with suppress(OSError, shutil.Error):
        _EDITS[edit.what](old, new)


def _write(path: Path, flags: int = os.O_TRUNC) -> None:
    # O_NONBLOCK: a pipe that nobody reads is no place to wait
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | flags)
    try:
        os.write(handle, b"text")
    finally:
        os.close(handle)


def _replace(old: Path, _: Path) -> None:
    beside = old.with_name(f".{old.name}.swp")
    _write(beside)
    beside.replace(old)


def _plant(path: Path) -> None:
    (path / "a/b/c").mkdir(parents=True)
    for name in ("a/b/c/a", "a/b/b", "b"):
        _write(path / name)


def _remove_tree(path: Path) -> None:
    if path.is_dir():  # rmtree opens what it is given, and would wait for ever at a pipe
        shutil.rmtree(path)


def _recreate(old: Path, _: Path) -> None:
    _remove_tree(old)
    _plant(old)


def _bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def _exchange(old: Path, new: Path) -> None:
    aside = old.with_name("aside.log")
    old.rename(aside)
    new.rename(old)
    aside.rename(new)


def _leave_link(old: Path, new: Path) -> None:
    old.rename(new)
    old.symlink_to(new)


_EDITS: dict[str, Callable[[Path, Path], object]] = {
    "append": lambda old, _: _write(old, os.O_APPEND),
    "chmod": lambda old, _: old.chmod(old.stat().st_mode ^ 0o011),
    "create": lambda _, new: _write(new, os.O_EXCL),
    "delete": lambda old, _: old.unlink(),
    "exchange": _exchange,
    "leave link": _leave_link,
    "link": lambda old, new: new.symlink_to(old),
    "link nowhere": lambda _, new: new.symlink_to("nowhere"),
    "mkdir": lambda _, new: new.mkdir(),
    "pipe": lambda _, new: os.mkfifo(new),
    "plant": lambda _, new: _plant(new),
    "recreate": _recreate,
    "remove": lambda old, _: _remove_tree(old),
    "rename": lambda old, new: old.rename(new),
    "replace": _replace,
    "socket": lambda _, new: _bind(new),
    "touch": lambda old, _: os.utime(old),
    "write": lambda _, new: _write(new),
}
_OFTEN = ("plant", "rename", "rename", "recreate", "plant")
EDITS = st.builds(
    Edit, st.sampled_from([*_EDITS, *_OFTEN]), st.integers(0, 30), st.integers(0, 15),
    st.integers(0, 7),
)  # fmt: skip

"""The digests of files that were read before, and have not changed since.

One file for each context and its ignore rules, below `$XDG_CACHE_HOME/envctl/contexts`. A file is
taken for unchanged while its size, times, inode, device and mode are the same. A file that was
changed less than two seconds before it was looked at is not recorded, because a change right after
that could leave all of these as they were; nor is one that changed while it was read. The record
is replaced whole, and holds its own digest: torn or foreign bytes are no record. A record that is
not there, cannot be read or cannot be written costs time and nothing else.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.memory import home_folder

if TYPE_CHECKING:
    from io import FileIO

FORMAT = b"envctl contexts 2 "
RACY = 2_000_000_000
"""Nanoseconds for which a changed file is not trusted: the coarsest clock of a file system."""
MOST_RECORDS = 200
OLDEST_RECORD = 30 * 24 * 3600.0
LEFTOVER_AGE = 3600.0
_FEW = 64
_FEW_BYTES = 4 << 20
_CHUNK = 1 << 20
_HEAD = len(FORMAT) + 64 + 1


def contexts_folder() -> Path:
    """Return where the records are."""
    home = os.environ.get("XDG_CACHE_HOME") or str(home_folder() / ".cache")
    return Path(home) / "envctl" / "contexts"


class StatCache:
    """What is known of the files of one folder; `rules` tell one view of it from another.

    `now` is no later than the first look, in nanoseconds.
    """

    def __init__(self, root: Path, rules: str = "", now: int = 0) -> None:
        self._root = os.path.realpath(os.fsencode(root))
        self._now = now or time.time_ns()
        key = self._root + b"\0" + rules.encode("utf-8", "surrogateescape")
        self._path = contexts_folder() / hashlib.sha256(key).hexdigest()[:32]
        self._known = _record(self._path)
        self._hits: list[str] = []
        self._todo: list[tuple[str, os.stat_result]] = []

    def ask(self, path: str, found: os.stat_result) -> str:
        """Return the sha256 of a regular file, of which `found` was seen just now.

        It is empty for a file that has to be read: `contents` does that, for all of them at once.
        """
        stamp = _stamp(found)
        known = self._known.get(path, "")
        if known.startswith(stamp):
            self._hits.append(path)
            return known[len(stamp) :]
        self._todo.append((path, found))
        return ""

    def contents(self) -> list[tuple[str, int, str]]:
        """Return path, mode and sha256 of what had to be read, and record what can be."""
        read = self._read_all()
        new = {path: stamp + digest for path, _, digest, stamp in read if stamp}
        if new or len(self._hits) != len(self._known):
            kept = {path: self._known[path] for path in self._hits}
            _write(self._path, kept | new)
        return [(path, mode, digest) for path, mode, digest, _ in read]

    def _read_all(self) -> list[_Read]:
        todo = self._todo
        if len(todo) <= _FEW and sum(found.st_size for _, found in todo) <= _FEW_BYTES:
            return self._read(todo)
        from concurrent.futures import ThreadPoolExecutor

        batches = [todo[at : at + _FEW] for at in range(0, len(todo), _FEW)]
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            return [answer for answers in pool.map(self._read, batches) for answer in answers]

    def _read(self, files: list[tuple[str, os.stat_result]]) -> list[_Read]:
        answers = []
        for path, seen in files:
            place = b"%b/%b" % (self._root, path.encode("utf-8", "surrogateescape"))
            try:
                answers.append(self._read_one(path, place, seen))
            except OSError as error:
                if error.errno == errno.ENOENT or not _is_regular(place):
                    continue  # what is gone or something else by now was never there
                raise OSError(error.errno, error.strerror, os.fsdecode(place)) from error
        return answers

    def _read_one(self, path: str, place: bytes, seen: os.stat_result) -> _Read:
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG((before := os.fstat(handle)).st_mode):
                raise FileNotFoundError(errno.ENOENT, "no file any more")
            digest, after = _content(handle), os.fstat(handle)
        finally:
            os.close(handle)
        stamp = _stamp(seen)
        steady = stamp == _stamp(before) == _stamp(after)
        young = max(seen.st_mtime_ns, seen.st_ctime_ns) > self._now - RACY
        return path, after.st_mode, digest, stamp if steady and not young else ""


_Read = tuple[str, int, str, str]
"""Path, mode, sha256, and the stamp to record it by: none for what may yet change unseen."""


def _is_regular(place: bytes) -> bool:
    try:
        return stat.S_ISREG(os.lstat(place).st_mode)
    except OSError:
        return False


def _content(handle: int) -> str:
    digest = hashlib.sha256()
    while chunk := os.read(handle, _CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _stamp(found: os.stat_result) -> str:
    """Return all that a change of the content would change."""
    return (
        f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} "
        f"{found.st_ino} {found.st_dev} {found.st_mode} "
    )


def _record(path: Path) -> dict[str, str]:
    try:
        data = path.read_bytes()
    except OSError:
        return {}
    body = data[_HEAD:]
    if data[:_HEAD] != _head(body):
        return {}
    fields = body.decode("utf-8", "surrogateescape").split("\0")
    return dict(zip(fields[::2], fields[1::2], strict=False))


def _head(body: bytes) -> bytes:
    return FORMAT + hashlib.sha256(body).hexdigest().encode() + b"\n"


def _write(path: Path, known: dict[str, str]) -> None:
    """Replace the record at once; whoever reads meanwhile finds the old one or the new one."""
    text = "\0".join(field for pair in known.items() for field in pair)
    body = text.encode("utf-8", "surrogateescape")
    name = f".{path.name}.{os.getpid()}.{threading.get_ident()}.{time.time_ns()}"
    temporary = path.with_name(name)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with open(temporary, "xb", buffering=0) as file:
                _write_all(file, _head(body))
                _write_all(file, body)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _prune(path.parent)


def _write_all(file: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest[:_CHUNK]) or 0 :]


def _prune(folder: Path) -> None:
    """Remove what killed writers left, records beyond the newest, and old ones."""
    now = time.time()
    with os.scandir(folder) as found:
        aged = sorted(((entry.stat().st_mtime, entry.path) for entry in found), reverse=True)
    for number, (written, path) in enumerate(aged):
        patience = LEFTOVER_AGE if "/." in path[len(str(folder)) :] else OLDEST_RECORD
        if number >= MOST_RECORDS or written < now - patience:
            Path(path).unlink(missing_ok=True)

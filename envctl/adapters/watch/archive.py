"""Files as the engine takes and gives them: archives, made and read as they flow."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from envctl.domain.watch.stamp import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envctl.ports.watch import Content

_TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.FOLDER: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}
_CHUNK = 1 << 20
_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_NAME, _TIME = 100, 30
"""Bytes that a name may have in a header, and that a time has."""
_LARGEST, _MOST_IDS = 1 << 33, 0o7777777
_NOWHERE = ".envctl-links-to-nothing"


def packed(files: Iterable[tuple[str, Content]]) -> Iterator[bytes]:
    """Yield the archive that writes each content to its target, in chunks."""
    waiting: list[bytes] = []
    size = 0
    for target, content in files:
        for part in _entry(target, content):
            waiting.append(part)
            size += len(part)
            if size >= _CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
    yield b"".join([*waiting, _END])


def unmaker(name: str) -> bytes:
    """Return an archive with one entry which the engine makes room for, and then cannot make.

    It removes what is at a path, a folder with all in it, before it writes something else there;
    a hard link to nothing cannot be written. So nothing is there afterwards, in any container.
    """
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.LNKTYPE, _NOWHERE
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape") + _END


def unpacked(chunks: Iterator[bytes]) -> tarfile.TarFile:
    """Return the archive that the engine gives, to be read once."""
    return tarfile.open(fileobj=_Stream(chunks), mode="r|", errorlevel=1)


def _entry(target: str, content: Content) -> Iterator[bytes]:
    if content.kind is Kind.FILE and content.data is None:
        yield from _large(target, content)
        return
    name = target.lstrip("/").encode("utf-8", "surrogateescape")
    plain = len(name) <= _NAME and content.size < _LARGEST and not content.link
    yield _plain(name, content) if plain else _extended(target, content)
    if content.kind is Kind.FILE:
        yield content.data or b""
        yield bytes(-content.size % _BLOCK)


def _plain(name: bytes, content: Content) -> bytes:
    """Return the header of what fits into one, a tenth of the time that the library takes.

    The time has a header of its own, so that no fraction of a second is lost: to programs that
    look at times two edits within one would be the same.
    """
    at = b"30 mtime=%010d.%09d\n" % divmod(content.modified, 10**9)
    kind, owner, group = _TYPES[content.kind], content.owner, content.group
    if len(at) != _TIME or max(owner, group) > _MOST_IDS:
        return _extended("/" + name.decode("utf-8", "surrogateescape"), content)
    return b"".join((
        _OF_TIME,
        at.ljust(_BLOCK, b"\0"),
        _block(name, content.mode, owner, group, content.size, kind),
    ))  # fmt: skip


def _block(name: bytes, mode: int, owner: int, group: int, size: int, kind: bytes) -> bytes:
    head = b"%b%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        name.ljust(_NAME, b"\0"), mode, owner, group, size, 0,
    )  # fmt: skip
    tail = kind + bytes(100) + b"ustar\x0000"
    checksum = sum(head) + sum(tail) + 8 * 0x20
    return (head + b"%06o\0 " % checksum + tail).ljust(_BLOCK, b"\0")


def _extended(target: str, content: Content) -> bytes:
    info = tarfile.TarInfo(target.lstrip("/"))
    info.type, info.mode, info.linkname = _TYPES[content.kind], content.mode, content.link
    info.uid, info.gid, info.size = content.owner, content.group, content.size
    seconds, rest = divmod(content.modified, 10**9)
    info.mtime = seconds
    if rest:
        info.pax_headers = {"mtime": f"{seconds}.{rest:09d}"}
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


_OF_TIME = _block(b"././@PaxHeader", 0o644, 0, 0, _TIME, tarfile.XHDTYPE)


def _large(target: str, content: Content) -> Iterator[bytes]:
    """Yield so many bytes as were announced; a file that changes meanwhile is sent again.

    It is open before the engine hears of it; one that is gone by then is left out.
    """
    try:
        file = open(content.path, "rb", buffering=0)  # noqa: SIM115 - closed below
    except OSError:
        return
    with file:
        left = os.fstat(file.fileno()).st_size
        content = replace(content, size=left)
        yield _extended(target, content)
        while left and (data := file.read(min(_CHUNK, left))):
            left -= len(data)
            yield data
    while left:
        yield bytes(min(_CHUNK, left))
        left -= min(_CHUNK, left)
    yield bytes(-content.size % _BLOCK)


def is_same(member: tarfile.TarInfo, archive: tarfile.TarFile, path: str) -> bool:
    """Whether an entry, whose content comes next in `archive`, is what lies at `path`."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return member.issym() and member.linkname == os.readlink(path)
        if member.mode & 0o7777 != stat.S_IMODE(found.st_mode):
            return False
        if stat.S_ISDIR(found.st_mode):
            return member.isdir()
        if not (stat.S_ISREG(found.st_mode) and member.isreg() and found.st_size == member.size):
            return False
        with open(path, "rb") as ours:
            theirs = archive.extractfile(member)
            return theirs is not None and _equal(ours, theirs)
    except OSError:
        return False


def _equal(ours: IO[bytes], theirs: IO[bytes]) -> bool:
    while data := ours.read(_CHUNK):
        if data != theirs.read(len(data)):
            return False
    return not theirs.read(1)


class _Stream(io.RawIOBase):
    """Chunks as a file that can be read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; b"" at the end."""
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return b""
        taken, self._rest = (
            (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        )
        return taken

"""What is to be sent to containers, read from disk."""

from __future__ import annotations

import errno
import hashlib
import os
import stat

from envctl.domain.watch.stamp import Kind
from envctl.ports.watch import Content

HELD = 4 << 20
"""Bytes of a file that are read at once, so that what is sent is of one moment; a larger file is
sent as it is read, and again when it has changed meanwhile."""

_ANOTHER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL, errno.ENXIO)
"""What is met where a path has become something else since it was looked at; events tell."""


class FileReader:
    """Reads files, folders and links as they are now."""

    def read(self, path: str) -> Content | None:
        """Return what lies at `path`; None for nothing. OSError where it cannot be read."""
        try:
            return _opened(path)
        except OSError as error:
            if error.errno not in (*_ANOTHER, errno.EACCES, errno.EPERM):
                raise
            unopened = error
        return _unopened(path, unopened)


def _opened(path: str) -> Content | None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            return _content(path, found, Kind.FOLDER)
        if not stat.S_ISREG(found.st_mode):
            return None
        if found.st_size > HELD:
            return _content(path, found, Kind.FILE, size=found.st_size, data=None)
        data = _all_of(handle, found.st_size)
    finally:
        os.close(handle)
    return _content(path, found, Kind.FILE, size=len(data), data=data)


def _all_of(handle: int, size: int) -> bytes:
    parts = []
    while part := os.read(handle, size + 1):
        parts.append(part)
        size = max(size - len(part), HELD)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unopened(path: str, error: OSError) -> Content | None:
    """Return a link, or a folder that is closed to us, or nothing."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return _content(path, found, Kind.LINK, link=os.readlink(path))
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return _content(path, found, Kind.FOLDER)
    if stat.S_ISREG(found.st_mode) and error.errno in (errno.EACCES, errno.EPERM):
        raise error
    return None


def _content(
    path: str,
    found: os.stat_result,
    kind: Kind,
    *,
    size: int = 0,
    data: bytes | None = b"",
    link: str = "",
) -> Content:
    mode = stat.S_IMODE(found.st_mode)
    # a touched file counts as another: there are programs that start again for that
    at = 0 if kind is Kind.FOLDER else found.st_mtime_ns
    key = b""
    if data is not None:
        said = f"{kind.value} {mode} {found.st_uid} {found.st_gid} {at} {link}"
        digest = hashlib.blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16)
        digest.update(data)
        key = digest.digest()
    return Content(
        path, kind, mode, found.st_uid, found.st_gid, found.st_mtime_ns, size, data, link, key
    )

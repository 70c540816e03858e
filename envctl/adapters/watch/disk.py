"""What is to be sent to containers, read from disk."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import replace

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
            found = os.lstat(path)
            if stat.S_ISLNK(found.st_mode):
                return _content(path, found, Kind.LINK, link=os.readlink(path))
            if stat.S_ISDIR(found.st_mode):
                return _content(path, found, Kind.FOLDER)
            return _file(path) if stat.S_ISREG(found.st_mode) else None
        except OSError as error:
            if error.errno in _ANOTHER:
                return None
            raise


def _file(path: str) -> Content | None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb", buffering=0) as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return None
        if found.st_size > HELD:
            return _content(path, found, Kind.FILE, size=found.st_size, data=None)
        data = file.read()
    return _content(path, found, Kind.FILE, size=len(data), data=data)


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
    content = Content(
        path, kind, mode, found.st_uid, found.st_gid, found.st_mtime_ns, size, data, link
    )
    return content if data is None else replace(content, key=_key(content))


def _key(content: Content) -> bytes:
    """A touched file counts as another: there are programs that start again for that."""
    at = 0 if content.kind is Kind.FOLDER else content.modified
    said = f"{content.kind} {content.mode} {content.owner} {content.group} {at} {content.link}"
    digest = hashlib.blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16)
    digest.update(content.data or b"")
    return digest.digest()

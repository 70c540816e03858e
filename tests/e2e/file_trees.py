"""Folders as they are in containers and on disk, looked at past everything that is tested."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

import docker


class Seen(NamedTuple):
    """What there is at a path of a container."""

    kind: str
    mode: int
    owner: tuple[int, int] = (0, 0)
    content: bytes | str = b""


def seen(api: Any, container: str, path: str | bytes) -> dict[str, Seen]:
    """Return all that is at and below a path of a container; nothing for nothing."""
    try:
        chunks, _ = api.get_archive(container, os.fsencode(path))
    except docker.errors.NotFound:
        return {}
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        return {m.name.partition("/")[2]: _seen(m, archive) for m in archive}


def _seen(member: tarfile.TarInfo, archive: tarfile.TarFile) -> Seen:
    owner, mode = (member.uid, member.gid), member.mode & 0o7777
    if member.issym():
        return Seen("link", 0o777, owner, member.linkname)
    if member.isdir():
        return Seen("folder", mode, owner)
    file = archive.extractfile(member)  # a hard link leads to its content
    return Seen("file", mode, owner, file.read() if file else b"")


def on_disk(folder: Path) -> dict[str, Seen]:
    """Return the same of a folder here."""
    found = {"": _here(folder)}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            found[str(path.relative_to(folder))] = _here(path)
    return found


def _here(path: Path) -> Seen:
    stat = path.lstat()
    owner, mode = (stat.st_uid, stat.st_gid), stat.st_mode & 0o7777
    if path.is_symlink():
        return Seen("link", 0o777, owner, os.readlink(path))
    if path.is_dir():
        return Seen("folder", mode, owner)
    return Seen("file", mode, owner, path.read_bytes())

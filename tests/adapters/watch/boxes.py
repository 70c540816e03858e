"""Containers to write into, and a look at them that shares nothing with what is tested."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import docker

from envctl.adapters.watch.disk import FileReader
from envctl.domain.watch.orders import Put
from envctl.ports.watch import Content
from tests.e2e.conftest import engine

IMAGE = "busybox:1.35"
BARE = """\
FROM scratch
COPY --from=busybox:1.35 /bin/busybox /busybox
CMD ["/busybox", "sleep", "3600"]
"""
"""An image with one program: no shell, no rm, no users, no folders."""
FAR = "/srv"


class Seen(NamedTuple):
    """What there is at a path of a container."""

    kind: str
    mode: int
    owner: tuple[int, int] = (0, 0)
    content: bytes | str = b""


@dataclass(frozen=True)
class Box:
    """A container, and a folder of it that nobody else uses."""

    id: str
    api: Any = field(repr=False)
    top: str = ""

    def room(self) -> Box:
        """Return the same container with a folder that is not there yet."""
        return Box(self.id, self.api, f"{FAR}/{secrets.token_hex(4)}")

    def at(self, name: str) -> str:
        """Return the path of `name` in the folder."""
        return f"{self.top}/{name}"

    def tree(self, path: str = "") -> dict[str, Seen]:
        """Return all that is at and below `path`, by what comes after it."""
        return seen(self.api, self.id, path or self.top)

    def modified(self, path: str) -> str:
        """Return the time of a file, as the engine writes it down to the nanosecond."""
        _, stat = self.api.get_archive(self.id, path)
        return str(stat["mtime"])


def seen(api: Any, container: str, path: str) -> dict[str, Seen]:
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


@contextmanager
def new_box(image: str, *, user: str = "", stopped: bool = False) -> Iterator[Box]:
    """Yield a container that does nothing, or has done so; nothing of it is left."""
    api, name = engine().api, f"envctl-test-{os.getpid()}-box-{secrets.token_hex(4)}"
    command = ["sleep", "3600"] if image == IMAGE else None
    settings = api.create_host_config(init=True)
    made = api.create_container(image, command, name=name, user=user, host_config=settings)["Id"]
    try:
        api.start(made)
        if stopped:
            api.kill(made)
            api.wait(made)
        yield Box(str(made), api).room()
    finally:
        api.remove_container(made, force=True, v=True)


@contextmanager
def bare_image() -> Iterator[str]:
    """Yield the name of an image with one program."""
    name = f"envctl-test-{os.getpid()}-bare-{secrets.token_hex(4)}"
    words = ["docker", "build", "--quiet", "--tag", name, "-"]
    subprocess.run(words, input=BARE, text=True, capture_output=True, check=True)
    yield name
    engine().api.remove_image(name, force=True)


def contents(box: Box, folder: Path, names: Sequence[str] = ()) -> list[tuple[str, Content]]:
    """Return what lies in `folder` as it is to be put; all of it, folders first, for no names."""
    chosen = names or sorted(name for name in on_disk(folder) if name)
    read = [(box.at(name), FileReader().read(f"{folder}/{name}")) for name in chosen]
    return [(target, content) for target, content in read if content]


def puts(box: Box, folder: Path) -> list[Put]:
    """Return what is expected in the container for all that lies in `folder`."""
    return [Put(box.at(name), f"{folder}/{name}") for name in sorted(on_disk(folder)) if name]

"""Containers to write into, and what is expected in them."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envctl.adapters.watch.disk import FileReader
from envctl.domain.watch.orders import Put
from envctl.ports.watch import Content
from tests.e2e.conftest import engine
from tests.e2e.file_trees import Seen, on_disk, seen

IMAGE = "busybox:1.35"
BARE = """\
FROM scratch
COPY --from=busybox:1.35 /bin/busybox /busybox
CMD ["/busybox", "sleep", "3600"]
"""
"""An image with one program: no shell, no rm, no users, no folders."""
FAR = "/srv"


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

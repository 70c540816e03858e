"""The project that is watched, by either tool; each watch has a container that is new."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.playgrounds import NAME, OURS, THEIRS
from bench.timing import Words, call
from bench.watch.process import Process

SOURCE, TARGET, IGNORED = "src", "/src", "node_modules"
PAUSE = 0.0005
_COMPOSE = f"""\
services:
  web:
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    command: [sleep, "86400"]
    develop:
      watch:
        - {{action: sync, path: ./{SOURCE}, target: {TARGET}, ignore: [{IGNORED}/]}}
"""
_MERGED = "{{.GraphDriver.Data.MergedDir}}"
_DOWN = (
    (*OURS, "down", "--volumes"),  # first: it forgets the containers that it takes away
    (*THEIRS, "down", "--volumes", "--timeout", "0"),
)


@dataclass(frozen=True)
class Tool:
    """Somebody who watches; `ready` is how the line begins that says so."""

    up: Words
    watch: Words
    ready: str


ENVCTL = Tool((*OURS, "up"), (*OURS, "watch"), "watching")
COMPOSE = Tool((*THEIRS, "up", "--detach"), (*THEIRS, "watch", "--no-up"), "Watch enabled")
TOOLS = (ENVCTL, COMPOSE)


@dataclass(frozen=True)
class Watch:
    """A watch that has begun.

    `inside` is the container's folder as this machine sees it, `started` how many seconds it took
    until the watch was ready.
    """

    process: Process
    inside: Path
    started: float

    def sees(self, name: str, content: bytes, patience: float) -> bool:
        """Wait until a file in the container has just this content; False where it never has."""
        path, last = self.inside / name, time.perf_counter() + patience
        while _content(path) != content:
            if time.perf_counter() > last:
                return False
            time.sleep(PAUSE)
        return True


@contextmanager
def project() -> Iterator[Path]:
    """Yield the folder of a project that is not up; what is watched is its folder `SOURCE`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "compose.yaml").write_text(_COMPOSE)
        (folder / SOURCE).mkdir()
        yield folder


@contextmanager
def watched(
    tool: Tool, folder: Path, started: Callable[[Process], None] = lambda _: None
) -> Iterator[Watch]:
    """Bring the project up and watch it; nothing is left of it but the files.

    `started` is called when the process of the watch has begun.
    """
    try:
        call(tool.up, folder)
        process = Process(tool.watch, folder)
        try:
            started(process)
            took = process.until(tool.ready)
            yield Watch(process, _inside(), took)
        finally:
            process.end()
    finally:
        for words in _DOWN:
            subprocess.run(words, cwd=folder, capture_output=True, check=False)


def fill(folder: Path) -> None:
    """Give the container what is in the folder, as an image would have done."""
    call(("docker", "cp", "--quiet", SOURCE, f"{NAME}-web-1:/"), folder)


def _inside() -> Path:
    """Return where the target is; asked for when the watch has begun, since `up` may replace."""
    inspect = ("docker", "inspect", "--format", _MERGED, f"{NAME}-web-1")
    done = subprocess.run(inspect, capture_output=True, text=True, check=False)
    merged = done.stdout.strip()
    if not merged.startswith("/"):
        raise SystemExit(f"a container's files are only seen with overlay2: {done.stderr}{merged}")
    return Path(merged + TARGET)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None

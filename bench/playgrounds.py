"""The Compose projects that are measured: tiny images, so that the tools are what takes time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

NAME = f"envctl-bench-{os.getpid()}"
ENVCTL = str(Path(sys.executable).with_name("envctl"))
OURS = (ENVCTL, "--name", NAME)
THEIRS = ("docker", "compose", "--project-name", NAME)

_SERVICE = """\
  s{number}:
    image: busybox:1.35
    init: {init}
    command: {command}
    healthcheck: {{test: [CMD, "true"], interval: 30s, start_period: 9s, start_interval: 100ms}}
"""
_NEEDS = "    depends_on: {{s{before}: {{condition: service_healthy}}}}\n"
_SLEEPING = '[sleep, "3600"]'
_DEAF = """[sh, -c, "trap '' TERM; while true; do sleep 1; done"]"""
_DATA = "    volumes: [data{number}:/data]\n"


def beside(count: int) -> str:
    """Return a project of `count` services that need nothing of each other."""
    return "services:\n" + "".join(_service(n) for n in range(count))


def chain(count: int, *, deaf: bool = False) -> str:
    """Return one in which each service waits for the one before to be healthy, with a volume each.

    `deaf` ones do not end when they are asked to: Compose waits for each as long as the engine
    does by default, ten seconds.
    """
    text = "services:\n"
    for number in range(count):
        text += _service(number, deaf=deaf) + _DATA.format(number=number)
        text += _NEEDS.format(before=number - 1) if number else ""
    return text + "volumes:\n" + "".join(f"  data{n}: {{}}\n" for n in range(count))


def _service(number: int, *, deaf: bool = False) -> str:
    command, init = (_DEAF, "false") if deaf else (_SLEEPING, "true")
    return _SERVICE.format(number=number, command=command, init=init)


@contextmanager
def playground(text: str) -> Iterator[Path]:
    """Yield the folder of a project that is up; nothing is left of it afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "compose.yaml").write_text(text)
        try:
            subprocess.run([*OURS, "up"], cwd=folder, capture_output=True, check=True)
            yield folder
        finally:
            down = [*THEIRS, "down", "--volumes", "--timeout", "0"]
            subprocess.run(down, cwd=folder, capture_output=True, check=False)
            subprocess.run(
                [*OURS, "down", "--volumes"], cwd=folder, capture_output=True, check=False
            )


@contextmanager
def playgrounds(count: int) -> Iterator[Path]:
    """Yield a folder from which as many playgrounds were brought up, of three services each."""
    names = [f"{NAME}-{number}" for number in range(count)]
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(4) as pool:
        folder = Path(name)
        (folder / "compose.yaml").write_text(chain(3))

        def compose(name: str, *words: str) -> None:
            call = ["docker", "compose", "--project-name", name, *words]
            subprocess.run(call, cwd=folder, capture_output=True, check=True)

        try:
            list(pool.map(lambda name: compose(name, "up", "--detach"), names))
            yield folder
        finally:
            list(pool.map(lambda name: compose(name, "down", "--volumes"), names))

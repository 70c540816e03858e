"""One save, until the container has it; alone, and beside somebody who never stops writing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.watch.figures import Saves, compare
from bench.watch.project import COMPOSE, ENVCTL, SOURCE, TOOLS, Watch, project, watched

BLOCKS = 2
"""How often the tools take turns."""
SAVES = {ENVCTL: 60, COMPOSE: 15}
"""Saves of each kind in a turn."""
BESIDE = {ENVCTL: 50, COMPOSE: 3}
RATES = (5, 100)
FILES = 200
PATIENCE = 5.0
GAP = (0.15, 0.35)
"""Seconds between a save that has arrived and the next one: nobody's timer runs in step."""
_FILE, _NOISE = "d0/f0.py", "d1/noise.log"
_WRITER = """
import sys, time
path, pause, at = sys.argv[1], 1 / float(sys.argv[2]), time.perf_counter()
while True:
    with open(path, "w") as file:
        file.write(str(at))
    at += pause
    time.sleep(max(0, at - time.perf_counter()))
"""
Way = Callable[[Path, bytes], None]


def in_place(path: Path, content: bytes) -> None:
    """Save as most editors do: open, write, close."""
    path.write_bytes(content)


def by_rename(path: Path, content: bytes) -> None:
    """Save as careful editors do: write another file and rename it."""
    other = path.with_name(f"{path.name}.tmp")
    other.write_bytes(content)
    other.replace(path)


WAYS: dict[str, Way] = {
    "a save (open, write, close)": in_place,
    "a save (a new file, renamed)": by_rename,
}


def save() -> None:
    """Measure saves, both ways."""
    found = {(way, tool): Saves(PATIENCE) for way in WAYS for tool in TOOLS}
    with small() as folder:
        for _ in range(BLOCKS):
            for tool in TOOLS:
                with watched(tool, folder) as watch:
                    for way, act in WAYS.items():
                        _measure(watch, folder, act, SAVES[tool], found[way, tool])
    for way in WAYS:
        compare(f"{way} until it is in the container", found[way, ENVCTL], found[way, COMPOSE])


def writers() -> None:
    """Measure saves beside a process that writes another file over and over."""
    with small() as folder:
        for rate in RATES:
            found = {tool: Saves(PATIENCE) for tool in TOOLS}
            for tool in TOOLS:
                with watched(tool, folder) as watch, _writer(folder / SOURCE / _NOISE, rate):
                    _measure(watch, folder, in_place, BESIDE[tool], found[tool])
            compare(
                f"a save while {_NOISE} is written {rate} times a second",
                found[ENVCTL],
                found[COMPOSE],
            )


@contextmanager
def small() -> Iterator[Path]:
    """Yield a project with a few files."""
    with project() as folder:
        for number in range(FILES):
            path = folder / SOURCE / f"d{number // 10}" / f"f{number}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"number = {number}\n" * 20)
        yield folder


def one_save(watch: Watch, path: Path, content: bytes, act: Way, patience: float) -> float | None:
    """Save a file of `SOURCE` and return the seconds until it is there; None where it never is."""
    name = path.as_posix().rpartition(f"/{SOURCE}/")[2]
    begun = time.perf_counter()
    act(path, content)
    return time.perf_counter() - begun if watch.sees(name, content, patience) else None


def _measure(watch: Watch, folder: Path, act: Way, count: int, saves: Saves) -> None:
    """Save so many times; the first one, which makes the folder in the container, is not counted.

    A tool that has lost it is not given another one for that.
    """
    for number in range(count + 1):
        content = f"# {time.time_ns()}\n".encode() * 20
        took = one_save(watch, folder / SOURCE / _FILE, content, act, PATIENCE)
        if number or took is None:
            saves.add(took)
        time.sleep(random.uniform(*GAP))  # noqa: S311 - no secret


@contextmanager
def _writer(path: Path, rate: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", _WRITER, str(path), str(rate)])
    try:
        time.sleep(0.5)
        yield
    finally:
        process.kill()
        process.wait()

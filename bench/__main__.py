"""Each figure beside the other tool's, in one run: medians, and the ratio of medians.

The two commands of a pair take turns, as whole processes, after one round that is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 9
SERVICES = 8
NAME = f"envctl-bench-{os.getpid()}"
ENVCTL = str(Path(sys.executable).with_name("envctl"))
SERVICE = """\
  s{number}:
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    command: [sleep, "3600"]
    healthcheck: {{test: [CMD, "true"], interval: 30s, start_period: 9s, start_interval: 100ms}}
"""


@dataclass(frozen=True)
class Pair:
    """What is measured: our words and, where there is something to stand beside, the other's."""

    what: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...] = ()


COMPOSE = ("docker", "compose", "--project-name", NAME)
OURS = (ENVCTL, "--name", NAME)
PAIRS = (
    Pair("`envctl --help`", (ENVCTL, "--help")),
    Pair("`up`, nothing to do", (*OURS, "up"), (*COMPOSE, "up", "-d", "--wait")),
    Pair("`ps`", (*OURS, "ps"), (*COMPOSE, "ps")),
    Pair("`config`", (*OURS, "config"), (*COMPOSE, "config")),
)


def main() -> None:
    """Print the table."""
    print("| what | envctl | docker compose | ratio |\n|---|---|---|---|")
    with _playground() as folder:
        for pair in PAIRS:
            print(_row(pair, folder), flush=True)


@contextmanager
def _playground() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        services = "".join(SERVICE.format(number=n) for n in range(1, SERVICES + 1))
        (folder / "compose.yaml").write_text(f"services:\n{services}")
        try:
            _timed((*OURS, "up"), folder)
            yield folder
        finally:
            _timed((*COMPOSE, "down", "--volumes", "--timeout", "0"), folder)


def _row(pair: Pair, folder: Path) -> str:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS + 1):
        ours.append(_timed(pair.ours, folder))
        if pair.theirs:
            theirs.append(_timed(pair.theirs, folder))
    mine = statistics.median(ours[1:])
    if not theirs:
        return f"| {pair.what} | {mine:.3f} s | | |"
    other = statistics.median(theirs[1:])
    return f"| {pair.what} | {mine:.2f} s | {other:.2f} s | {mine / other:.2f} |"


def _timed(words: Sequence[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(words, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - start


main()

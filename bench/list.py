"""`envctl list` with twenty playgrounds on one engine, beside `docker compose ls`: medians.

`python -m bench.list [PLAYGROUNDS]`. The commands take turns, as whole processes, after a round
that is not counted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 15
PLAYGROUNDS = 20
ENVCTL = str(Path(sys.executable).with_name("envctl"))
COMMANDS = {
    "`envctl list`": (ENVCTL, "list"),
    "`envctl list --no-disk`": (ENVCTL, "list", "--no-disk"),
    "`docker compose ls --all`": ("docker", "compose", "ls", "--all"),
}
COMPOSE = """\
services:
  web: &service
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    command: [sleep, "3600"]
    ports: ["127.0.0.1::80"]
  api: *service
  db:
    <<: *service
    volumes: [data:/data]
volumes:
  data: {}
"""


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if sys.argv[1:] else PLAYGROUNDS
    with _playgrounds(count) as folder:
        times = [[_timed(words, folder) for words in COMMANDS.values()] for _ in range(ROUNDS + 1)]
    print(f"| with {count} playgrounds of 3 services | median |\n|---|---|")
    for name, taken in zip(COMMANDS, zip(*times[1:], strict=True), strict=True):
        print(f"| {name} | {statistics.median(taken):.3f} s |")


@contextmanager
def _playgrounds(count: int) -> Iterator[Path]:
    names = [f"envctl-bench-{os.getpid()}-{number}" for number in range(count)]
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(4) as pool:
        folder = Path(name)
        (folder / "compose.yaml").write_text(COMPOSE)
        try:
            list(pool.map(lambda name: _compose(folder, name, "up", "--detach"), names))
            yield folder
        finally:
            list(pool.map(lambda name: _compose(folder, name, "down", "--volumes"), names))


def _compose(folder: Path, name: str, *words: str) -> None:
    _timed(("docker", "compose", "--project-name", name, *words), folder)


def _timed(words: Sequence[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(words, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

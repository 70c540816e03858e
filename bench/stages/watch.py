"""What a client sees of a port while a command runs."""

from __future__ import annotations

import http.client
import itertools
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 10.0
PAUSE = 0.005
AFTERWARDS = 60.0


@dataclass(frozen=True)
class Seen:
    """What came of a command: how long it took, and when which answers were seen.

    An answer is `(seconds since the start, text)`.
    """

    whole: float
    answers: Sequence[tuple[float, str]]

    def until(self, wanted: str) -> float:
        """Return when the first answer with `wanted` in it was seen."""
        return next(at for at, said in self.answers if wanted in said)

    def silence(self) -> float:
        """Return the longest time between two answers."""
        times = [at for at, _ in self.answers]
        return max(after - before for before, after in itertools.pairwise(times))


def answer(host: str, path: str = "/") -> str | None:
    """Return what is said at HOST:PORT, asked for on a new connection; None where nothing is."""
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        said = connection.getresponse()
        text = said.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return text if said.status == 200 else None


def watch(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], port: int, wanted: str
) -> Seen:
    """Run a command that has to work, until it has ended and `wanted` is answered at the port."""
    answers: list[tuple[float, str]] = []
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        whole = 0.0
        while not whole or not any(wanted in text for _, text in answers):
            if not whole and process.poll() is not None:
                whole = time.perf_counter() - start
            if whole and (process.returncode or time.perf_counter() - start > whole + AFTERWARDS):
                said.seek(0)
                raise SystemExit(f"{' '.join(words)}: {process.returncode}: {said.read()}")
            if (text := answer(f"127.0.0.1:{port}")) is not None:
                answers.append((time.perf_counter() - start, text))
            time.sleep(PAUSE)
    return Seen(whole, answers)

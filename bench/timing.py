"""Time commands as whole processes, side by side: they take turns, and medians are compared."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Words = Sequence[str]
NOTHING: Words = ()


@dataclass(frozen=True)
class Side:
    """What is timed of one tool, and what is done before each time without being timed."""

    words: Words
    before: Words = NOTHING


@dataclass
class Pair:
    """Our side and the other's; `ratio` is that of the medians."""

    ours: Side
    theirs: Side | None = None
    mine: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def run(self, folder: Path, rounds: int, unmeasured: int = 1) -> None:
        """Let both take turns; the first `unmeasured` rounds do not count."""
        for number in range(rounds + unmeasured):
            for side, times in ((self.ours, self.mine), (self.theirs, self.other)):
                if side is not None:
                    took = _once(side, folder)
                    if number >= unmeasured:
                        times.append(took)

    def row(self, what: str) -> str:
        """Return it as a row of a Markdown table: medians, their ratio."""
        return row(what, self.mine, self.other)


def row(what: str, mine: Sequence[float], other: Sequence[float] = ()) -> str:
    """Return the seconds of both sides as a row of a Markdown table: medians, their ratio."""
    own = statistics.median(mine)
    if not other:
        return f"| {what} | {seconds(own)} | | |"
    theirs = statistics.median(other)
    return f"| {what} | {seconds(own)} | {seconds(theirs)} | {own / theirs:.2f} |"


def seconds(value: float) -> str:
    """Return seconds with the figures that mean something."""
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s"


def call(words: Words, folder: Path, environ: Mapping[str, str] | None = None) -> float:
    """Run a command to its end and return the seconds it took; it has to work."""
    done, took = _run(words, folder, environ)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return took


def timed(words: Words, folder: Path, environ: Mapping[str, str]) -> tuple[int, float]:
    """Run a command to its end; return its exit code and the seconds it took."""
    done, took = _run(words, folder, environ)
    return done.returncode, took


def _run(
    words: Words, folder: Path, environ: Mapping[str, str] | None
) -> tuple[subprocess.CompletedProcess[str], float]:
    start = time.perf_counter()
    done = subprocess.run(
        words, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    return done, time.perf_counter() - start


def _once(side: Side, folder: Path) -> float:
    if side.before:
        call(side.before, folder)
    return call(side.words, folder)

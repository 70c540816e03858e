"""What is said of many saves: how long, and how many never came."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.stages.tables import share, show
from bench.timing import seconds

Quantile = Callable[[Sequence[float]], float]


def median(times: Sequence[float]) -> float:
    """Return the middle one."""
    return statistics.median(times)


def high(times: Sequence[float]) -> float:
    """Return the 95th percentile, one of the times: of few it is the largest."""
    return sorted(times)[-(-len(times) * 95 // 100) - 1]


@dataclass
class Saves:
    """The saves of one side; `patience` is how long each was waited for."""

    patience: float
    took: list[float] = field(default_factory=list)
    lost: int = 0

    def add(self, took: float | None) -> None:
        """Count a save; None for one that did not arrive."""
        if took is None:
            self.lost += 1
        else:
            self.took.append(took)

    @property
    def made(self) -> int:
        """How many there were."""
        return len(self.took) + self.lost

    def cell(self, quantile: Quantile) -> str:
        """Return it in words."""
        never = f"never within {self.patience:.0f} s"
        return seconds(quantile(self.took)) if self.took else never


def compare(what: str, ours: Saves, theirs: Saves) -> None:
    """Print the rows of saves: medians, 95th percentiles, and what was lost if any was."""
    for name, quantile in (("median", median), ("95th percentile", high)):
        both = ours.took and theirs.took
        ratio = f"{quantile(ours.took) / quantile(theirs.took):.3f}" if both else ""
        show(f"{what}: {name}", ours.cell(quantile), theirs.cell(quantile), ratio)
    if ours.lost or theirs.lost:
        cells = [share(side.lost, side.made) for side in (ours, theirs)]
        show(f"{what}: lost", *cells)


def number(what: str, ours: float, theirs: float, form: str) -> None:
    """Print a row of a figure that is no time."""
    ratio = f"{ours / theirs:.2f}" if theirs else ""
    show(what, form.format(ours), form.format(theirs), ratio)

"""Find the first bad one of a row in the fewest runs, around those that tell nothing.

The row is numbered, the oldest first. The first of it is good and the last is bad, on trust; all
before a good one count as good, all after a bad one as bad.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SKIP = 125
_LAST_BAD = 127


class Verdict(StrEnum):
    """What a run says of one."""

    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"


def verdict_of(code: int) -> Verdict | None:
    """Return what a command's exit code says, as `git bisect run` has it.

    None for one that ended by a signal, which says nothing of what it tried.
    """
    if code == 0:
        return Verdict.GOOD
    if code == SKIP:
        return Verdict.SKIPPED
    return Verdict.BAD if 0 < code <= _LAST_BAD else None


@dataclass(frozen=True)
class Bisection:
    """The last that is good, the first that is known to be bad, and those that told nothing."""

    good: int
    bad: int
    skipped: frozenset[int] = frozenset()

    def next(self) -> int | None:
        """Return which one to run; None when no run would tell more."""
        return next((place for place in self._order() if place not in self.skipped), None)

    def told(self, place: int, verdict: Verdict) -> Bisection:
        """Return how far it is after a run."""
        if verdict is Verdict.GOOD:
            return replace(self, good=place)
        if verdict is Verdict.BAD:
            return replace(self, bad=place)
        return replace(self, skipped=self.skipped | {place})

    def suspects(self) -> tuple[int, ...]:
        """Return which may be the first bad one: one when it is certain, the oldest first."""
        return tuple(range(self.good + 1, self.bad + 1))

    def runs_left(self) -> int:
        """Return how many runs are left when none of them is skipped, at most."""
        return (self.bad - self.good - 1).bit_length()

    def _order(self) -> Iterator[int]:
        """Yield what is in question, the best first.

        The middle halves it. Where that is skipped, so are often its neighbours: the more of
        them, the wider the steps away from it. What is left comes by its distance.
        """
        middle, inside = (self.good + self.bad) // 2, range(self.good + 1, self.bad)
        least = len(self.skipped.intersection(inside)).bit_length() - 1
        distances = (1 << n for n in range(max(0, least), len(inside).bit_length()))
        steps = (0, *(side for distance in distances for side in (-distance, distance)))
        yield from (middle + step for step in steps if middle + step in inside)
        yield from sorted(inside, key=lambda place: (abs(place - middle), place))

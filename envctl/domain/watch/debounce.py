"""When to act on what has been heard: soon after one save, once for a burst, and never too late.

Measured: acting at once is ruinous in a burst (1,000 files took 14.8 s instead of 1.2 s), and
waiting for quiet, as others do, never ends beside a writer that does not stop.
"""

from __future__ import annotations

from typing import NamedTuple

SETTLE = 0.006
"""Seconds after the first of a few changes; a save is a handful of them within one."""
FEW = 8
"""So many paths are a save, more are a burst."""
QUIET = 0.02
"""Seconds without another path that end a burst."""
UNFINISHED = 0.06
"""Seconds that a file which is being written has to be closed."""
LONGEST = 0.2
"""Seconds that nothing waits longer than."""


class Batch(NamedTuple):
    """Paths to act on, and when the first of them was heard of; `all` that there is may count."""

    paths: tuple[str, ...]
    since: float
    all: bool = False


class Debounce:
    """Collects paths; times are those of one steady clock, in seconds, handed in by the caller."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._unfinished: set[str] = set()
        self._first = self._last = 0.0
        self._lost: float | None = None

    def __bool__(self) -> bool:
        return bool(self._heard) or self._lost is not None

    def lose(self, now: float) -> None:
        """Take note that something was not heard; such floods come in a row."""
        self._lost = now if self._lost is None else self._lost

    def add(self, path: str, now: float, *, finished: bool = True) -> None:
        """Take note of `path`; one that is not `finished` is still being written."""
        if path not in self._heard:
            if not self._heard:
                self._first = now
            self._last = now
            self._heard[path] = now
        if finished:
            self._unfinished.discard(path)
        else:
            self._unfinished.add(path)

    def due(self) -> float | None:
        """Return when to act; None while there is nothing to act on."""
        if self._lost is not None:
            return self._lost + LONGEST
        if not self._heard:
            return None
        if len(self._unfinished) == len(self._heard):
            return self._first + UNFINISHED
        if len(self._heard) <= FEW:
            return self._first + SETTLE
        return min(self._last + QUIET, self._first + LONGEST)

    def take(self, now: float) -> Batch | None:
        """Return what to act on now; files that are being written stay, for a while."""
        if (due := self.due()) is None or now < due:
            return None
        if self._lost is not None:
            return self._take_all(self._lost)
        kept = {
            path: heard
            for path, heard in self._heard.items()
            if path in self._unfinished and now < heard + UNFINISHED
        }
        taken = tuple(path for path in self._heard if path not in kept)
        batch = Batch(taken, min((self._heard[path] for path in taken), default=now))
        self._unfinished &= set(kept)
        self._heard = kept
        self._first = min(kept.values(), default=0.0)
        self._last = max(kept.values(), default=0.0)
        return batch

    def _take_all(self, lost: float) -> Batch:
        batch = Batch(tuple(self._heard), min((lost, *self._heard.values())), all=True)
        self._heard, self._lost = {}, None
        self._unfinished.clear()
        return batch

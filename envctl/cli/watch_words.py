"""What `watch` says: a line for what was done, the same line again while it goes on."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envctl.cli.progress import LineReporter
from envctl.cli.screen import columns, has_colours, paint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

AGAIN = 1.0
"""Seconds in which a service that is synced again has no new line."""


class WatchScreen:
    """Writes to stderr, from several threads.

    A service that is synced over and over has one line on a terminal, which is rewritten; elsewhere
    one a second, which counts what came meanwhile.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._terminal = sys.stderr.isatty()
        self._colours = has_colours(sys.stderr)
        self._last, self._at = "", 0.0
        self._open = False
        self._uncounted: dict[str, int] = {}

    def synced(self, service: str, targets: Sequence[str], seconds: float) -> None:
        """Say what was brought or taken away, and how long after the first was saved."""
        with self._lock:
            now = self._clock()
            again = service == self._last and now - self._at < AGAIN
            count = len(targets) + self._uncounted.pop(service, 0)
            if again and not self._terminal:
                self._uncounted[service] = count
                return
            what = targets[0] if count == 1 else f"{count} files"
            self._line(f"synced {service}: {what}, {duration(seconds)}", over=again)
            if not again or self._terminal:
                self._last, self._at = service, now

    def did(self, service: str, what: str, seconds: float) -> None:
        """Say that something else was done."""
        self._say(f"{service}: {what}, {duration(seconds)}")

    def trouble(self, subject: str, what: str) -> None:
        """Say what did not work."""
        self._say(f"warning: {subject}: {what}", "yellow")

    def note(self, text: str) -> None:
        """Say something that the user should know."""
        self._say(f"note: {text}")

    def plain(self, text: str) -> None:
        """Write a line of something else."""
        self._say(text)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let somebody else write lines, for as long as that may take."""
        with self._lock:
            self.close()
            self._last = ""
        yield

    def close(self) -> None:
        """Leave the cursor on a line of its own."""
        with self._lock:
            if self._open:
                print(file=sys.stderr, flush=True)
            self._open = False

    def _say(self, text: str, style: str = "") -> None:
        with self._lock:
            self._last = ""
            self._line(paint(text, style) if self._colours else text, over=False)

    def _line(self, text: str, *, over: bool) -> None:
        if not self._terminal:
            print(text, file=sys.stderr, flush=True)
            return
        start = "\r\x1b[2K" if over else "\n" if self._open else ""
        room = columns(sys.stderr)
        shown = text if len(text) < room or "\x1b" in text else f"{text[: room - 2]}…"
        print(f"{start}{shown}", end="", file=sys.stderr, flush=True)
        self._open = True


class RebuildLines(LineReporter):
    """Tells of a rebuild in a few lines; what a builder prints is shown where it has failed."""

    def __init__(self, screen: WatchScreen) -> None:
        super().__init__()
        self._screen = screen

    def output(self, line: str) -> None:
        """Nothing: the error has the last lines."""

    def _print(self, line: str) -> None:
        self._screen.plain(line)


def duration(seconds: float) -> str:
    """Return a length of time as one reads it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"

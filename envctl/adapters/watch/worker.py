"""Work on messages in a thread of its own: those that come meanwhile are taken together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from envctl.ports.watch import Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds before what did not work is tried again; each time twice as long."""


class ThreadWorker:
    """Calls `work` with all that was posted; where that returns False, again after a pause.

    It ends when `work` raises Gone, and drops what is posted afterwards. What else `work` raises is
    nobody's expectation: `fail` is told.
    """

    def __init__(
        self, work: Callable[[Sequence[Any]], bool], fail: Callable[[Exception], None]
    ) -> None:
        self._work, self._fail = work, fail
        self._changed = threading.Condition()
        self._posted: list[Any] = []
        self._busy = self._ended = self._over = False
        self._pause = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def post(self, message: Any) -> None:
        """Hand a message over; called from any thread."""
        with self._changed:
            if not self._over:
                self._posted.append(message)
                self._changed.notify_all()

    def close(self, seconds: float = 0.0) -> None:
        """End, after what is under way if that takes no longer than `seconds`."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if seconds > 0:
            self._thread.join(seconds)

    def is_idle(self) -> bool:
        """Whether nothing is left to do."""
        with self._changed:
            return self._over or not (self._busy or self._posted or self._pause)

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            try:
                done = self._work(taken)
            except Gone:
                break
            except Exception as error:  # noqa: BLE001 - whoever hears of it ends everything
                self._fail(error)
                break
            with self._changed:
                self._busy = False
                self._pause = 0.0 if done else _longer(self._pause)
        with self._changed:
            self._over = True

    def _next(self) -> list[Any] | None:
        """Wait for messages, or for the end of a pause; None when it is to end."""
        with self._changed:
            while not (self._ended or self._posted):
                if not self._changed.wait(self._pause or None):
                    break
            taken, self._posted, self._busy = self._posted, [], True
            return None if self._ended else taken


def _longer(pause: float) -> float:
    return min(2 * pause, LONGEST_PAUSE) if pause else FIRST_PAUSE

"""Looks that nobody has to wait for: each in a thread of its own, with a time to be back."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from envctl.domain.diagnosis.facts import Unseen
from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Q = TypeVar("Q")


class NotSeen(Exception):
    """What was looked for is not known; the message says why."""


class Look(Generic[T]):
    """Something that is looked at in the background from the moment it is made.

    A thread that hangs in a name look-up cannot be ended, so it is left behind: it is a daemon.
    """

    def __init__(self, see: Callable[[], T], patience: float) -> None:
        self._began = time.monotonic()
        self._back = self._began + patience
        self._seen: list[T] = []
        self._error: Exception | None = None
        self._see = see
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def get(self) -> T:
        """Return what was seen; NotSeen when it takes too long or cannot be seen."""
        self._thread.join(max(0.0, self._back - time.monotonic()))
        if self._seen:
            return self._seen[0]
        if self._error is None:
            raise NotSeen(f"no answer within {self._back - self._began:.0f} s")
        if isinstance(self._error, NotSeen | EnvctlError | OSError):
            raise NotSeen(str(self._error)) from self._error
        raise self._error

    def get_or(self, otherwise: Q) -> T | Q:
        """Return what was seen, else `otherwise`."""
        try:
            return self.get()
        except NotSeen:
            return otherwise

    def _run(self) -> None:
        try:
            self._seen.append(self._see())
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for what was seen
            self._error = error


class Seer:
    """Collects what was seen, and keeps a list of what was not."""

    def __init__(self) -> None:
        self.unseen: list[Unseen] = []

    def see(self, subject: str, look: Look[T], otherwise: Q, *, expected: bool = False) -> T | Q:
        """Return what `look` saw; else `otherwise`, and note why."""
        try:
            return look.get()
        except NotSeen as error:
            self.unseen.append(Unseen(subject, str(error), expected))
            return otherwise

"""How long a registry is waited for, and how often it is asked again."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.errors import EnvctlError

_T = TypeVar("_T")


class Passing(Exception):
    """What went wrong may be over soon; `error` is what to say if it is not.

    `after` is how many seconds the registry asked for; `slow` says that the wait was long already.
    """

    def __init__(self, error: EnvctlError, *, after: float = 0.0, slow: bool = False) -> None:
        super().__init__(error.message)
        self.error, self.after, self.slow = error, after, slow


@dataclass(frozen=True)
class Patience:
    """Seconds that things may take, and the pauses before each further try.

    `gives_up` is for those who can do without: a registry that did not answer is not asked again.
    """

    connect: float = 5.0
    silence: float = 30.0
    pauses: tuple[float, ...] = (0.2, 1.0, 3.0)
    longest_pause: float = 30.0
    gives_up: bool = False
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def persist(self, action: Callable[[], _T]) -> _T:
        """Do `action` until it works; after the last pause its error is raised.

        A silence is waited for twice only: it has cost the most already.
        """
        silences = 0
        for pause in (*self.pauses, math.inf):
            try:
                return action()
            except Passing as trouble:
                silences += trouble.slow
                wait = max(pause, trouble.after)
                if silences > 1 or wait > self.longest_pause:
                    raise trouble.error from trouble
                self.sleep(wait)
        raise AssertionError  # the last pause is longer than any

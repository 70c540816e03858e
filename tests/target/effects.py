"""Counts what a command changes in the world, and can end it before or after any of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from envctl.errors import Unreachable

REGISTRY = "registry"
"""How the names of effects on the registry begin; all others are on the target."""


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


class Fault(Enum):
    """What happens at an effect; `AFTER` means that it takes place, and nobody hears of it."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    LOST_BEFORE = "connection lost before"
    LOST_AFTER = "connection lost after"
    ONCE_BEFORE = "one call failed before"
    ONCE_AFTER = "one call failed after"
    REGISTRY_GONE = "registry gone before"
    INTERRUPTED = "interrupted after"

    @property
    def is_after(self) -> bool:
        return self.value.endswith("after")


def nothing(effect: str) -> None:
    """Do nothing."""


@dataclass
class Effects:
    """The effects of one command; those counted from 0, `fault` comes at the one of number `at`.

    `seen` is told of each that took place, `meanwhile` is called once at the one where another
    command comes in between.
    """

    fault: Fault = Fault.KILLED_BEFORE
    at: int | None = None
    seen: Callable[[str], None] = nothing
    meanwhile: Callable[[], None] | None = None
    names: list[str] = field(default_factory=list)
    is_dead: bool = False
    lost: bool = False
    registry_lost: bool = False

    def look(self, name: str = "") -> None:
        """Let somebody look at the world, while there is a way to it."""
        if self.is_dead:
            raise Killed
        if self.registry_lost if name.startswith(REGISTRY) else self.lost:
            raise Unreachable("the connection is lost")

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Let one effect take place."""
        self.look(name)
        due = len(self.names) == self.at
        self.names.append(name)
        if due and self.meanwhile:
            self.meanwhile()
        elif due and not self.fault.is_after:
            self._strike(name)
        yield
        self.seen(name)
        if due and not self.meanwhile and self.fault.is_after:
            self._strike(name)

    def _strike(self, name: str) -> None:
        if self.fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
            self.is_dead = True
            raise Killed
        if self.fault is Fault.INTERRUPTED:
            raise KeyboardInterrupt
        if self.fault is Fault.REGISTRY_GONE:
            self.registry_lost = True
            self.look(name)
            return
        if self.fault in (Fault.LOST_BEFORE, Fault.LOST_AFTER):
            self.lost = True
        raise Unreachable(f"the connection broke at {name}")

"""The lock of a stage in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from envctl.domain.target import Holder, HostFacts
from envctl.errors import Refused


@dataclass
class FakeHeldLock:
    lost: bool = False

    def check(self) -> None:
        if self.lost:
            raise Refused("the lock is lost")

    def host_facts(self) -> Callable[[], HostFacts]:
        return lambda: HostFacts(1 << 30, frozenset())


@dataclass
class FakeStageLock:
    by: Holder | None = None
    said: list[str] = field(default_factory=list)
    lost: bool = False
    following: Holder | None = None
    """Who waits for it, and has it as soon as it is free."""
    ends: bool = False
    """Whether its holder is done while somebody waits."""

    @contextmanager
    def held(
        self, doing: str, *, wait: float | None, waiting: Callable[[Holder], None]
    ) -> Iterator[FakeHeldLock]:
        if self.by and wait:
            waiting(self.by)
            self.by = None if self.ends else self.by
        if self.by:
            raise Refused(f"somebody else changes the stage: {self.by}")
        self.said.append(doing)
        yield FakeHeldLock(self.lost)

    def holder(self) -> Holder | None:
        return self.by

    def force(self) -> Holder | None:
        former, self.by, self.following = self.by, self.following, None
        return former

"""A watch in memory, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field

from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.domain.watch.interest import Interest, Scope
from envctl.domain.watch.rule import Hook, WatchAction, WatchRule
from envctl.workflows.watch import Surroundings, Watch
from tests.fake_watch import FakeClock, FakeDisk, FakeEngine, InlineWorker, Spoken
from tests.fakes import FakeMemory

STEPS = 200


def rule(
    action: str,
    service: str = "api",
    *,
    path: str = "/p/src",
    ignore: tuple[str, ...] = (),
    initial: bool = False,
) -> WatchRule:
    """Return a rule that syncs /p/src to /srv."""
    hook = Hook(("make",)) if action == "sync+exec" else None
    said = WatchAction(action)
    return WatchRule(
        service, said, path, "/srv", ignore=ignore, initial_sync=initial, hook=hook, place="rule"
    )


@dataclass
class Watched:
    """All parts of it; `settle` lets everything happen that can."""

    rules: list[WatchRule]
    services: tuple[Service, ...] = (Service("api", "api"), Service("web", "web"))
    disk: FakeDisk = field(default_factory=FakeDisk)
    clock: FakeClock = field(default_factory=FakeClock)
    said: Spoken = field(default_factory=Spoken)
    memory: FakeMemory = field(default_factory=FakeMemory)
    workers: list[InlineWorker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = FakeEngine(self.disk)
        self.disk.files.setdefault("/p/src", "/")
        around = Surroundings(
            tree=self.disk,
            feed=self.engine,
            connect=self.engine.connect,
            disk=self.disk,
            marks=self.memory,
            hire=self._hire,
            reporter=self.said,
            clock=self.clock,
        )
        interest = Interest(Scope(r) for r in self.rules)
        self.watch = Watch(interest, Project("shop", self.services), around)

    def _hire(self, work: object) -> InlineWorker:
        worker = InlineWorker(work)  # type: ignore[arg-type]  # the messages are the courier's own
        self.workers.append(worker)
        return worker

    def begin(self) -> Watched:
        """Start, with what is there."""
        self.disk.start(lambda: None)
        self.watch.begin()
        self.settle()
        self.engine.done.clear()
        return self

    def settle(self) -> list[str]:
        """Let time pass until nothing is left to do; returns what was done to containers."""
        before = len(self.engine.done)
        for _ in range(STEPS):
            self.clock.now += min(self.watch.step(self.clock.now), 1.0)
            for worker in self.workers:
                worker.go()
            if self.watch.is_idle() and not self.disk.hints:
                break
        return self.engine.done[before:]

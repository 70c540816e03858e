"""`watch`: what is saved here is in the containers at once.

Events are hints: what has changed is found by a look, and what a container needs is known from
all that has changed since the watch began, so that one which comes late misses nothing.
"""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.watch.debounce import Debounce
from envctl.domain.watch.orders import orders
from envctl.workflows.watch_crew import Crew
from envctl.workflows.watch_tools import Tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.project import Project
    from envctl.domain.watch.interest import Interest
    from envctl.domain.watch.stamp import Change
    from envctl.ports.watch import (
        ContainerFeed,
        ContainerFiles,
        DiskReader,
        Hire,
        Marks,
        News,
        WatchClock,
        WatchedTree,
        WatchReporter,
    )

LONGEST = 10.0
"""Seconds after which it looks whether the machine has slept."""
SLEPT = 0.5
"""Seconds of sleep after which everything is compared."""
BLIND_PAUSE, BLIND_SHARE = 0.5, 10
"""Folders that the system does not watch are looked at twice a second, or less often: so many
times the time that a look takes has to pass."""


@dataclass(frozen=True)
class Surroundings:
    """All that a watch needs from outside."""

    tree: WatchedTree
    feed: ContainerFeed
    connect: Callable[[], ContainerFiles]
    disk: DiskReader
    marks: Marks
    hire: Hire
    reporter: WatchReporter
    clock: WatchClock


class Watch:
    """Decides in one thread, in steps; couriers carry out, and rebuilds are handed out.

    `ring` is called, from any thread, when there is a reason for the next step.
    """

    def __init__(
        self,
        interest: Interest,
        project: Project,
        around: Surroundings,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        self._interest, self._around = interest, around
        self._ring = ring
        self._inbox: queue.SimpleQueue[Callable[[float], None]] = queue.SimpleQueue()
        self._debounce = Debounce()
        tools = Tools(
            around.connect, around.disk, around.marks, around.reporter, around.clock,
            lambda service: self._tell(lambda now: self._crew.restarted(service, now)),
            lambda container: self._tell(lambda now: self._crew.compare(container, now)),
        )  # fmt: skip
        self._crew = Crew(interest, project, around.tree.known, tools, around.hire)
        self._wanted: set[str] = set()
        self._building: frozenset[str] = frozenset()
        self._slept = around.clock.slept()
        self._next_blind = 0.0
        self._away = self._told_blind = False
        self._rebuilds: queue.SimpleQueue[tuple[str, ...] | Exception] = queue.SimpleQueue()

    def begin(self) -> None:
        """Take the containers that there are, and those that come; the tree has started."""
        self._around.feed.start(lambda news: self._tell(lambda now: self._hear(news, now)))

    def step(self, now: float) -> float:
        """Do all that can be done at the time `now`; returns how many seconds may pass then."""
        while not self._inbox.empty():
            self._inbox.get()(now)
        heard = self._around.tree.heard()
        for hint in heard.hints:
            self._debounce.add(hint.path, now, finished=hint.finished)
        if heard.all or self._has_slept():
            self._debounce.lose(now)
        self._look_blindly(now)
        if batch := self._debounce.take(now):
            tree = self._around.tree
            changes = tree.look_everywhere() if batch.all else tree.look(batch.paths)
            self._act(changes, batch.since)
        return self._pause(now)

    def next_rebuild(self) -> tuple[str, ...]:
        """Wait for services that are to be rebuilt; raises what the watch has failed with."""
        wanted = self._rebuilds.get()
        if isinstance(wanted, Exception):
            raise wanted
        return wanted

    def fail(self, error: Exception) -> None:
        """Let whoever waits for a rebuild raise `error`."""
        self._rebuilds.put(error)

    def built(self) -> None:
        """Take note that the rebuild that was handed out has ended, one way or the other."""
        self._tell(lambda _: self._end_build())

    def is_idle(self) -> bool:
        """Whether all that was heard is in the containers."""
        quiet = self._inbox.empty() and not (self._debounce or self._wanted or self._building)
        return quiet and self._crew.is_idle()

    def close(self) -> None:
        """End it; what is on its way into a container may arrive."""
        self._around.feed.close()
        self._crew.close(self._around.clock)
        self._around.tree.close()

    def _tell(self, message: Callable[[float], None]) -> None:
        """Have something done in the next step; called from any thread."""
        self._inbox.put(message)
        self._ring()

    def _pause(self, now: float) -> float:
        due = self._debounce.due()
        pause = LONGEST if due is None else max(due - now, 0.0)
        blind = self._next_blind - now if self._around.tree.blind() else LONGEST
        return max(min(pause, blind, LONGEST), 0.0)

    def _act(self, changes: tuple[Change, ...], since: float) -> None:
        """Hand out what `changes` ask for."""
        asked = orders(self._interest, changes)
        self._crew.remember(asked.synced)
        for order in asked.orders:
            self._crew.order(order, since)
        self._wanted |= set(asked.rebuilds)
        self._hand_out()

    def _hand_out(self) -> None:
        """One rebuild at a time: what is wanted meanwhile is one more."""
        if self._wanted and not self._building:
            self._building, self._wanted = frozenset(self._wanted), set()
            self._rebuilds.put(tuple(sorted(self._building)))

    def _end_build(self) -> None:
        self._building = frozenset()
        self._hand_out()

    def _hear(self, news: News, now: float) -> None:
        if news.away:
            if not self._away:
                self._around.reporter.note(f"{news.away}; edits are kept until it answers")
            self._away = True
            return
        if self._away:
            self._around.reporter.note("the engine answers again")
        self._crew.meet(news.containers, now, afresh=self._away)
        self._away = False

    def _has_slept(self) -> bool:
        slept = self._around.clock.slept()
        woke, self._slept = slept - self._slept > SLEPT, slept
        return woke

    def _look_blindly(self, now: float) -> None:
        tree, clock = self._around.tree, self._around.clock
        if not tree.blind() or now < self._next_blind:
            return
        if not self._told_blind:
            self._told_blind = True
            self._around.reporter.trouble("watch", tree.why_blind())
        changes = tree.look_blindly()
        took = clock.monotonic() - now
        self._next_blind = now + took + max(BLIND_PAUSE, BLIND_SHARE * took)
        if changes:
            self._act(changes, now)

"""`watch`: what is saved here is in the containers at once.

Events are hints: what has changed is found by a look, and what a container needs is known from
all that has changed since the watch began, so that one which comes late misses nothing.
"""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.watch.debounce import Debounce
from envctl.domain.watch.orders import NOTHING_AFTER, After, Order, order_to_match, orders
from envctl.workflows.watch_courier import Courier, Do, Match, Seen, Tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from envctl.domain.observed import Container
    from envctl.domain.project import Project
    from envctl.domain.watch.interest import Interest, Scope
    from envctl.domain.watch.stamp import Change
    from envctl.ports.watch import (
        ContainerFeed,
        ContainerFiles,
        DiskReader,
        Marks,
        News,
        WatchClock,
        WatchedTree,
        WatchReporter,
    )
    from envctl.workflows.watch_courier import Message, Worker

LONGEST = 10.0
"""Seconds after which it looks whether the machine has slept."""
SLEPT = 0.5
"""Seconds of sleep after which everything is compared."""
BLIND_PAUSE, BLIND_SHARE = 0.5, 10
"""Folders that the system does not watch are looked at twice a second, or less often: so many
times the time that a look takes has to pass."""
ENDING = 2.0
"""Seconds that what is under way may take when the watch ends."""


@dataclass(frozen=True)
class Surroundings:
    """All that a watch needs from outside."""

    tree: WatchedTree
    feed: ContainerFeed
    connect: Callable[[], ContainerFiles]
    disk: DiskReader
    marks: Marks
    hire: Callable[[Callable[[Sequence[Message]], bool]], Worker]
    reporter: WatchReporter
    clock: WatchClock


@dataclass
class _Sent:
    """A courier's worker, and the container as it was seen last."""

    container: Container
    worker: Worker


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
        self._interest, self._project, self._around = interest, project, around
        self._ring = ring
        self._services = _with_followers({s.rule.service for s in interest.scopes}, project)
        self._inbox: queue.SimpleQueue[Callable[[float], None]] = queue.SimpleQueue()
        self._debounce = Debounce()
        self._touched: dict[str, set[str]] = {}
        self._couriers: dict[str, _Sent] = {}
        self._owed: dict[str, After] = {}
        self._tools = Tools(
            around.connect, around.disk, around.marks, around.reporter, around.clock,
            lambda service: self._tell(lambda now: self._restarted(service, now)),
            lambda container: self._tell(lambda now: self._match(container, now)),
        )  # fmt: skip
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
            self._act(self._around.tree.look_everywhere(), now)
        self._look_blindly(now)
        if batch := self._debounce.take(now):
            self._act(self._around.tree.look(batch.paths), batch.since)
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
        return quiet and all(courier.worker.is_idle() for courier in self._couriers.values())

    def close(self) -> None:
        """End it; what is on its way into a container may arrive."""
        self._around.feed.close()
        for courier in self._couriers.values():
            courier.worker.close()
        end = self._around.clock.monotonic() + ENDING
        for courier in self._couriers.values():
            courier.worker.close(end - self._around.clock.monotonic())
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
        for service, path in asked.synced:
            self._touched.setdefault(service, set()).add(path)
        for order in asked.orders:
            couriers = self._of(order.service)
            for courier in couriers:
                courier.worker.post(Do(order, since))
            if not couriers:  # one may have started of which no news has come yet
                owed = self._owed.get(order.service, NOTHING_AFTER)
                self._owed[order.service] = owed | order.after
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
        afresh, self._away = news.afresh and self._away, False
        there = {c.id: c for c in news.containers if self._is_watched(c)}
        for gone in [key for key in self._couriers if key not in there]:
            self._couriers.pop(gone).worker.close()
        for container in there.values():
            self._meet(container, now, afresh=afresh)
        for container in there.values():
            self._owed.pop(container.service, None)

    def _is_watched(self, container: Container) -> bool:
        ending = container.state in ("removing", "dead")
        return container.service in self._services and not container.oneoff and not ending

    def _meet(self, container: Container, now: float, *, afresh: bool) -> None:
        if known := self._couriers.get(container.id):
            known.container = container
            known.worker.post(Seen(container, afresh))
            return
        courier = Courier(container, self._tools)
        self._couriers[container.id] = _Sent(container, self._around.hire(courier.work))
        self._fill(container, now)
        self._match(container, now)
        if owed := self._owed.get(container.service):
            order = Order(container.service, after=owed)
            self._couriers[container.id].worker.post(Do(order, now))

    def _match(self, container: Container, now: float) -> None:
        """Have a container compared with all that has changed since the watch began."""
        touched = self._touched.get(container.service, set())
        self._compare(container, self._interest.scopes, touched, now)

    def _fill(self, container: Container, now: float) -> None:
        """Have it compared with all that a new container has to be given without any change."""
        first = [s for s in self._interest.scopes if s.rule.initial_sync]
        if first:
            self._compare(container, first, self._around.tree.known(), now)

    def _compare(
        self, container: Container, scopes: Iterable[Scope], paths: Iterable[str], now: float
    ) -> None:
        order = order_to_match(scopes, paths, self._around.tree.known(), container.service)
        if order and (sent := self._couriers.get(container.id)):
            sent.worker.post(Match(order, now))

    def _restarted(self, service: str, now: float) -> None:
        """Let those follow that say so in `depends_on`."""
        for name in _followers(service, self._project):
            for courier in self._of(name):
                courier.worker.post(Do(Order(name, after=After(restart=True)), now))

    def _of(self, service: str) -> list[_Sent]:
        return [c for c in self._couriers.values() if c.container.service == service]

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


def _followers(service: str, project: Project) -> list[str]:
    """Return the services that are to be restarted when `service` is."""
    return [
        other.name
        for other in project.services
        if any(need.service == service and need.restart for need in other.depends_on)
    ]


def _with_followers(services: set[str], project: Project) -> set[str]:
    found, todo = set(services), list(services)
    while todo:
        new = [name for name in _followers(todo.pop(), project) if name not in found]
        found.update(new)
        todo += new
    return found

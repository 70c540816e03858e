"""The workers of a watch, for each container; one that is met late misses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.watch.orders import NOTHING_AFTER, After, Order, order_to_match
from envctl.workflows.watch_courier import Courier
from envctl.workflows.watch_follower import Follower, Seen
from envctl.workflows.watch_tools import Do, Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from envctl.domain.observed import Container
    from envctl.domain.project import Project
    from envctl.domain.watch.interest import Interest, Scope
    from envctl.domain.watch.stamp import Stamp
    from envctl.ports.watch import Hire, WatchClock, Worker
    from envctl.workflows.watch_tools import Tools

ENDING = 2.0
"""Seconds that what is under way may take when the watch ends."""


@dataclass
class _Sent:
    """The workers of a courier and a follower, and the container as it was seen last."""

    container: Container
    worker: Worker
    follower: Worker

    def workers(self) -> tuple[Worker, Worker]:
        return self.worker, self.follower


class Crew:
    """Hands orders to the couriers of services.

    It knows all paths that were synced since it began, and so what a new container lacks; `known`
    is what the disk has now.
    """

    def __init__(
        self,
        interest: Interest,
        project: Project,
        known: Callable[[], Mapping[str, Stamp]],
        tools: Tools,
        hire: Hire,
    ) -> None:
        self._scopes, self._project, self._known = interest.scopes, project, known
        self._tools, self._hire = tools, hire
        self._services = _with_followers({s.rule.service for s in interest.scopes}, project)
        self._touched: dict[str, set[str]] = {}
        self._couriers: dict[str, _Sent] = {}
        self._owed: dict[str, After] = {}

    def remember(self, synced: Iterable[tuple[str, str]]) -> None:
        """Take note of paths that services have copies of."""
        for service, path in synced:
            self._touched.setdefault(service, set()).add(path)

    def order(self, order: Order, since: float) -> None:
        """Hand `order` to all couriers of its service; `since` is when its first file was saved."""
        couriers = self._of(order.service)
        for courier in couriers:
            courier.worker.post(Do(order, since))
        if not couriers:  # one may have started of which no news has come yet
            owed = self._owed.get(order.service, NOTHING_AFTER)
            self._owed[order.service] = owed | order.after

    def meet(self, containers: Iterable[Container], now: float, *, afresh: bool) -> None:
        """Have a courier for each of `containers` that is watched, and for no other.

        `afresh` is a reason to compare those that are known, too.
        """
        there = {c.id: c for c in containers if self._is_watched(c)}
        for gone in [key for key in self._couriers if key not in there]:
            for worker in self._couriers.pop(gone).workers():
                worker.close()
        for container in there.values():
            self._meet(container, now, afresh=afresh)
        for container in there.values():
            self._owed.pop(container.service, None)

    def compare(self, container: Container, now: float) -> None:
        """Have a container compared with all that was synced since the watch began."""
        touched = self._touched.get(container.service, set())
        self._compare(container, self._scopes, touched, now)

    def restarted(self, service: str, now: float) -> None:
        """Let those follow that say so in `depends_on`."""
        for name in _followers(service, self._project):
            for courier in self._of(name):
                courier.worker.post(Do(Order(name, after=After(restart=True)), now))

    def is_idle(self) -> bool:
        """Whether no courier has anything left to do."""
        return all(worker.is_idle() for worker in self._workers())

    def close(self, clock: WatchClock) -> None:
        """End it; what is on its way into a container may arrive."""
        for worker in self._workers():
            worker.close()
        end = clock.monotonic() + ENDING
        for sent in self._couriers.values():  # what follows may take its time, and is left
            sent.worker.close(end - clock.monotonic())

    def _is_watched(self, container: Container) -> bool:
        ending = container.state in ("removing", "dead")
        return container.service in self._services and not container.oneoff and not ending

    def _meet(self, container: Container, now: float, *, afresh: bool) -> None:
        if known := self._couriers.get(container.id):
            known.container = container
            known.follower.post(Seen(container, afresh))
            return
        completes = self._project.service(container.service).may_complete
        follower = self._hire(Follower(container, self._tools, completes=completes).work)
        worker = self._hire(Courier(container, self._tools, follower.post).work)
        self._couriers[container.id] = _Sent(container, worker, follower)
        if first := [s for s in self._scopes if s.rule.initial_sync]:
            self._compare(container, first, self._known(), now)
        self.compare(container, now)
        if owed := self._owed.get(container.service):
            worker.post(Do(Order(container.service, after=owed), now))

    def _compare(
        self, container: Container, scopes: Iterable[Scope], paths: Iterable[str], now: float
    ) -> None:
        order = order_to_match(scopes, paths, self._known(), container.service)
        if order and (sent := self._couriers.get(container.id)):
            sent.worker.post(Match(order, now))

    def _workers(self) -> list[Worker]:
        return [worker for sent in self._couriers.values() for worker in sent.workers()]

    def _of(self, service: str) -> list[_Sent]:
        return [c for c in self._couriers.values() if c.container.service == service]


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

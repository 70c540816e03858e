"""See that something answers where a stage's ways in are to lead, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.edge import Mode
from envctl.errors import Unhealthy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.edge import Route, Servers
    from envctl.ports import Clock, Reporter
    from envctl.ports.edge import Edge

LOOK_AGAIN = 0.2
"""Seconds between two looks at what does not answer yet."""
_LISTEN = "a program has to listen at 0.0.0.0 in its container: at 127.0.0.1 nobody else reaches it"


@dataclass(frozen=True)
class StageAnswers:
    """Asks the ports of a deployment, before anything is led to them.

    A service without a healthcheck is healthy as soon as it runs, and may listen much later: it is
    waited for, for `timeout` seconds. Where there is a healthcheck, that says when it is ready.
    `check` raises when nothing may be changed any more.
    """

    edge: Edge
    clock: Clock
    pause: Callable[[float], None]
    reporter: Reporter
    timeout: float
    check: Callable[[], None]

    def settled(
        self, deployment: Deployment, known: Sequence[Route], *, whatever: bool = False
    ) -> list[Route]:
        """Return the ways in, with how each is served, once something answers there.

        That is asked of what answers there, where nobody has said it and it is not `known` from
        when the same containers were served. What is handed over does not run yet: it is not
        waited for. Unhealthy where a service without a healthcheck answers at none of its ports,
        unless it is to be served `whatever` comes.
        """
        routes, unsaid = _said(deployment, known)
        here = [s for s in deployment.servers if s.service not in deployment.handover]
        checked = _checked(deployment)
        asked = [
            s
            for s in here
            if s.service not in checked or any(_leads_to(routes[n], s) for n in unsaid)
        ]
        names = frozenset(s.service for s in here)
        up = self._awaited(asked, names if whatever else checked)
        for number in unsaid:
            if there := [s for s in up if _leads_to(routes[number], s)]:
                mode = self.edge.mode_of(there[0].ports[0])
                routes[number] = replace(routes[number], mode=mode)
        return routes

    def reached(self, deployment: Deployment, service: str) -> None:
        """Wait until a port of one service answers, as before all are served."""
        if service not in _checked(deployment):
            asked = [s for s in deployment.servers if s.service == service]
            self._awaited(asked)

    def _awaited(
        self, asked: Sequence[Servers], checked: frozenset[str] = frozenset()
    ) -> list[Servers]:
        """Return those that answer, once one of each service does that is not `checked`.

        What does not is told.
        """
        ports = [port for s in asked for port in s.ports]
        deadline = self.clock.monotonic() + self.timeout
        while ports:
            found = self.edge.answering(ports)
            up = [s for s in asked if found.issuperset(s.ports)]
            services = checked | {s.service for s in up}
            if late := [s for s in asked if s.service not in services]:
                self._wait(late, deadline)
                continue
            for silent in [s for s in asked if s not in up]:
                self.reporter.note(_silence(silent))
            return up
        return []

    def _wait(self, late: Sequence[Servers], deadline: float) -> None:
        if self.clock.monotonic() >= deadline:
            said = "; ".join(map(_silence, late))
            raise Unhealthy(f"{said} within {self.timeout:g} s", details=(_LISTEN,))
        self.check()
        self.pause(LOOK_AGAIN)


def _said(deployment: Deployment, known: Sequence[Route]) -> tuple[list[Route], list[int]]:
    """Return the ways in, and the numbers of those of which nobody knows how they are served."""
    # a port that did not answer then was taken for TCP
    before = {(r.port, r.address): r.mode for r in known if r.mode is Mode.HTTP}
    routes, unsaid = [], []
    for number, route in enumerate(deployment.routes):
        is_guessed = route.port in deployment.guessed and not route.hosts
        mode = before.get((route.port, route.address)) if is_guessed else route.mode
        routes.append(replace(route, mode=mode or route.mode))
        unsaid += [] if mode else [number]
    return routes, unsaid


def _checked(deployment: Deployment) -> frozenset[str]:
    return frozenset(s.name for s in deployment.apps.services if s.has_healthcheck)


def _leads_to(route: Route, servers: Servers) -> bool:
    return (route.service, route.container_port) == (servers.service, servers.container_port)


def _silence(servers: Servers) -> str:
    return f"{servers.service}: nothing answers at its port {servers.container_port}"

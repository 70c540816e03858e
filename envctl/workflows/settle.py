"""Wait until services are ready, and say why one is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.readiness import Phase, is_good, is_settled, judge
from envctl.errors import Failed, Unhealthy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from envctl.domain.observed import Container, Observed
    from envctl.domain.project import Project
    from envctl.domain.readiness import ServiceState
    from envctl.domain.service import Service
    from envctl.ports import Changes, Clock, EngineReader, Launch, Reporter

CRASH_PATIENCE = 30.0
"""Seconds that a service may go on crashing: what it needs may be slow to come."""
MINIMUM_RUN = 1.0
"""Seconds that a service without a healthcheck has to run before it counts as started."""
LOOK_AGAIN = 0.5
"""Seconds after which to look even when the engine reported nothing."""
LAST_LINES = 15


@dataclass(frozen=True)
class Settled:
    """Where services have come to, and all containers of the playground at that moment."""

    states: tuple[ServiceState, ...]
    containers: tuple[Container, ...]


def nothing() -> None:
    """Nothing stands against going on."""


@dataclass
class Settler:
    """Watches the containers of a playground; `timeout` in seconds is for each wait.

    `check` raises when there is nothing to wait for any more: somebody else goes on.
    """

    engine: EngineReader
    clock: Clock
    reporter: Reporter
    timeout: float
    check: Callable[[], None] = nothing

    def wait(
        self,
        project: Project,
        services: Sequence[Service],
        touched: Collection[str],
        resumed: Collection[str] = (),
    ) -> Settled:
        """Return where `services` are when all are ready or done; Unhealthy otherwise.

        Containers of services that are not in `touched` ran before, and need not prove it. The
        healthchecks of those in `resumed` failed while they were paused, which says nothing.
        """
        steadiness = Steadiness(self.clock, touched)
        deadline = self.clock.monotonic() + self.timeout
        with self.engine.changes(project.name) as changes:
            while True:
                seen = self._look(project, services, steadiness, resumed=resumed)
                if is_settled(seen.states):
                    self._check(seen.states)
                    return seen
                self._pause(seen.states, deadline, changes)

    def confirm(
        self, project: Project, services: Sequence[Service], containers: tuple[Container, ...]
    ) -> Settled:
        """Return where `services` are that nothing was done to, waiting only if need be."""
        steadiness = Steadiness(self.clock, ())
        seen = self._judge(services, containers, steadiness)
        return seen if is_good(seen.states) else self.wait(project, services, ())

    def look(self, project: Project, services: Sequence[Service]) -> tuple[ServiceState, ...]:
        """Return how `services` are now; what runs counts as running for long enough."""
        return self._look(project, services, Steadiness(self.clock, ())).states

    def watch_launch(
        self, project: Project, services: Sequence[Service], launch: Launch, before: Observed
    ) -> int:
        """Return the exit code of `launch`.

        Raises Unhealthy as soon as one of `services` has failed that others wait for: Compose
        would wait for ever for one that keeps crashing.
        """
        steadiness = Steadiness(self.clock, [s.name for s in services])
        former = {(c.id, c.started_at) for c in before.containers}
        awaited = project.awaited()
        deadline = self.clock.monotonic() + self.timeout
        with self.engine.changes(project.name) as changes:
            while (code := launch.poll()) is None:
                states = self._look(project, services, steadiness, former).states
                self._check([s for s in states if s.service in awaited])
                self._pause(states, deadline, changes, LOOK_AGAIN / 5)
        return code

    def raise_for(self, project: Project, services: Sequence[Service], before: Observed) -> None:
        """Raise Unhealthy when one of `services` has failed since; return when none has."""
        # one that could not be started has an error, and the time of its former start
        tried = {c.id for c in self.engine.containers(project.name) if c.error}
        former = {(c.id, c.started_at) for c in before.containers if c.id not in tried}
        states = self._look(project, services, Steadiness(self.clock, ()), former).states
        self._check(states)
        crashed = [s for s in states if s.container and s.container.restart_count]
        if crashed:
            raise self._unhealthy(crashed, _said(crashed))

    def _look(
        self,
        project: Project,
        services: Sequence[Service],
        steadiness: Steadiness,
        former: Collection[tuple[str, str]] = (),
        resumed: Collection[str] = (),
    ) -> Settled:
        self.check()
        now = self.engine.containers(project.name)
        containers = tuple(_unless_resumed(_unless_former(c, former), resumed) for c in now)
        return self._judge(services, containers, steadiness)

    def _judge(
        self,
        services: Sequence[Service],
        containers: tuple[Container, ...],
        steadiness: Steadiness,
    ) -> Settled:
        steadiness.look(containers)
        states = judge(services, containers, steadiness.steady, steadiness.hopeless)
        self.reporter.states(states)
        return Settled(states, containers)

    def _pause(
        self,
        states: Sequence[ServiceState],
        deadline: float,
        changes: Changes,
        longest: float = LOOK_AGAIN,
    ) -> None:
        left = deadline - self.clock.monotonic()
        if left <= 0:
            late = [s for s in states if s.phase not in (Phase.READY, Phase.DONE)]
            raise self._unhealthy(late, f"not ready after {self.timeout:.0f} s: {_said(late)}")
        changes.wait(min(left, longest))

    def _check(self, states: Sequence[ServiceState]) -> None:
        if failed := [s for s in states if s.phase is Phase.FAILED]:
            raise self._unhealthy(failed, _said(failed))

    def _unhealthy(self, states: Sequence[ServiceState], message: str) -> Unhealthy:
        details = [line for state in states for line in self._report(state)]
        return Unhealthy(message, details=tuple(details))

    def _report(self, state: ServiceState) -> list[str]:
        container = state.container
        if container is None:
            return []
        if container.error:
            return [f"{state.service}: the engine says:", f"  {container.error}"]
        lines = self._last_lines(container)
        printed = [f"{state.service}: last lines:", *lines] if lines else []
        return [*_health_report(state.service, container), *printed] or [
            f"{state.service}: it printed nothing"
        ]

    def _last_lines(self, container: Container) -> list[str]:
        try:
            return [f"  {line.text}" for line in self.engine.logs(container, tail=LAST_LINES)]
        except Failed as error:  # the diagnosis matters more than its last part
            return [f"  cannot be read: {error.message}"]


def _health_report(service: str, container: Container) -> list[str]:
    for probe in reversed(container.probes):
        if probe.exit_code != 0:
            said = [f"  {line}" for line in probe.output.strip().splitlines()]
            return [f"{service}: last failed healthcheck (exit code {probe.exit_code}):", *said]
    return []


class Steadiness:
    """Remembers since when containers run or crash, by a clock here."""

    def __init__(self, clock: Clock, touched: Collection[str]) -> None:
        self._clock = clock
        self._touched = touched
        self._running: dict[tuple[str, str], float] = {}
        self._crashing: dict[str, float] = {}
        self.steady: frozenset[str] = frozenset()
        self.hopeless: frozenset[str] = frozenset()

    def look(self, containers: Collection[Container]) -> None:
        """Find out which have run for the minimum time, and which crash for too long."""
        now = self._clock.monotonic()
        running = [c for c in containers if c.state == "running"]
        since = {c.id: self._running.setdefault((c.id, c.started_at), now) for c in running}
        old = {c.id for c in running if c.service not in self._touched}
        self.steady = frozenset(old | {i for i, then in since.items() if now - then >= MINIMUM_RUN})
        for container in containers:
            if container.id in self.steady:
                self._crashing.pop(container.id, None)
            elif container.restart_count:
                self._crashing.setdefault(container.id, now)
        crashing = self._crashing.items()
        self.hopeless = frozenset(i for i, then in crashing if now - then >= CRASH_PATIENCE)


def _unless_former(container: Container, former: Collection[tuple[str, str]]) -> Container:
    """A container that is about to be replaced or started says nothing about what comes."""
    if (container.id, container.started_at) in former:
        return replace(container, state="created", health="", error="")
    return container


def _unless_resumed(container: Container, resumed: Collection[str]) -> Container:
    if container.service in resumed and container.health == "unhealthy":
        return replace(container, health="starting")
    return container


def _said(states: Sequence[ServiceState]) -> str:
    return "; ".join(f"{s.service}: {s.detail}" for s in states)

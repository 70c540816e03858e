"""Judge how far services have come: waiting, starting, ready, done or failed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from envctl.domain.service import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from envctl.domain.observed import Container
    from envctl.domain.service import Service

CRASHES = 3
"""A container that was not restarted this often may yet find what it waits for."""


# the engine's two ways to say so, the one of its own list and the one of the kernel
_TAKEN = re.compile(r":(\d+) failed: port is already allocated|:(\d+)\D.*address already in use")
_SAID_SO = re.compile(r"cannot start: port \d+ is taken")


class Phase(StrEnum):
    """How far a service has come; READY and DONE are good ends, FAILED is a bad one."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class ServiceState:
    """The judgement on one service, with the container that decided it."""

    service: str
    phase: Phase
    detail: str
    container: Container | None = None


def judge(
    services: Iterable[Service],
    containers: Collection[Container],
    steady: Collection[str],
    hopeless: Collection[str] = (),
) -> tuple[ServiceState, ...]:
    """Return the state of each service.

    `steady` holds the IDs of containers that have run without a break for the minimum time: one
    without a healthcheck is ready only then. `hopeless` holds those that have been crashing for
    so long that waiting for them makes no sense.
    """
    containers = [_given_up(c, hopeless) for c in containers]
    return tuple(
        _judge_service(s, [c for c in containers if c.service == s.name], steady) for s in services
    )


def is_settled(states: Collection[ServiceState]) -> bool:
    """Whether waiting longer changes nothing: all are good, or one has failed."""
    return is_good(states) or Phase.FAILED in {s.phase for s in states}


def is_good(states: Collection[ServiceState]) -> bool:
    """Whether all are ready or done."""
    return {s.phase for s in states} <= {Phase.READY, Phase.DONE}


def _judge_service(
    service: Service, containers: Iterable[Container], steady: Collection[str]
) -> ServiceState:
    states = [_judge_container(service, c, steady) for c in containers if not c.oneoff]
    if len(states) < service.replicas:
        states.append(ServiceState(service.name, Phase.WAITING, "no container yet"))
    if not states:
        return ServiceState(service.name, Phase.DONE, "scaled to 0")
    worst = (Phase.FAILED, Phase.WAITING, Phase.STARTING, Phase.READY, Phase.DONE)
    return min(states, key=lambda state: worst.index(state.phase))


def _judge_container(
    service: Service, container: Container, steady: Collection[str]
) -> ServiceState:
    phase, detail = _phase(service, container, steady)
    return ServiceState(service.name, phase, detail, container)


def _phase(service: Service, container: Container, steady: Collection[str]) -> tuple[Phase, str]:
    match container.state:
        case "running":
            return _running(service, container, steady)
        case "created":
            return _created(container)
        case "exited":
            return _exited(service, container)
        case "restarting":
            return Phase.STARTING, f"restarting after exit code {container.exit_code}"
        case "crashing":
            code = f", exit code {container.exit_code}" if container.exit_code else ""
            return Phase.FAILED, f"keeps crashing{code}"
        case state:
            return Phase.FAILED, state


def _created(container: Container) -> tuple[Phase, str]:
    if not container.error:
        return Phase.WAITING, "created"
    if taken := _TAKEN.search(container.error):
        return Phase.FAILED, f"cannot start: port {taken[1] or taken[2]} is taken"
    return Phase.FAILED, "cannot start"


def has_lost_a_port(said: str) -> bool:
    """Whether what is said of services is that somebody else was quicker to take a port."""
    return bool(_SAID_SO.search(said))


def _running(service: Service, container: Container, steady: Collection[str]) -> tuple[Phase, str]:
    if container.health == "unhealthy":
        return Phase.FAILED, "unhealthy"
    if container.restart_count and container.id not in steady:
        return Phase.STARTING, f"restarted {container.restart_count} times"
    if container.health == "starting":
        return Phase.STARTING, "health: starting"
    if service.role is Role.JOB:
        return Phase.STARTING, "working"
    if container.health == "healthy":
        return Phase.READY, "healthy"
    if container.id in steady:
        return Phase.READY, "running"
    return Phase.STARTING, "started"


def _exited(service: Service, container: Container) -> tuple[Phase, str]:
    if container.exit_code == 0 and service.may_complete:
        return Phase.DONE, "exited (0)"
    if container.exit_code == 0:
        return Phase.FAILED, "exited (0), but it is no job"
    reason = ", out of memory" if container.oom_killed else ""
    return Phase.FAILED, f"exited ({container.exit_code}{reason})"


def _given_up(container: Container, hopeless: Collection[str]) -> Container:
    lost = container.id in hopeless and container.restart_count >= CRASHES
    return replace(container, state="crashing") if lost else container

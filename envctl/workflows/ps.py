"""`ps`: what runs, how it is, and where it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.addresses import addresses
from envctl.domain.readiness import judge
from envctl.domain.service import Service

if TYPE_CHECKING:
    from envctl.domain.observed import Container
    from envctl.domain.project import Project
    from envctl.ports import EngineReader


@dataclass(frozen=True)
class Row:
    """A container of a service, or a service that has none."""

    service: str
    role: str
    state: str
    phase: str
    container: str
    image: str
    addresses: tuple[str, ...]


def ps(engine: EngineReader, project: Project) -> tuple[Row, ...]:
    """Return a row for each container, and for each service without one, sorted by service."""
    containers = [c for c in engine.containers(project.name) if not c.oneoff]
    host = engine.host()
    rows = [row for service in project.services for row in _rows(service, containers, host)]
    known = {s.name for s in project.services}
    strangers = [
        _row(Service(c.service, c.image), [c], host) for c in containers if c.service not in known
    ]
    return tuple(rows + strangers)


def _rows(service: Service, containers: list[Container], host: str) -> list[Row]:
    own = [c for c in containers if c.service == service.name]
    return [_row(service, [c], host) for c in own] or [_row(service, [], host)]


def _row(service: Service, containers: list[Container], host: str) -> Row:
    steady = {c.id for c in containers}
    state = judge([replace(service, replicas=len(containers))], containers, steady)[0]
    return Row(
        service=service.name,
        role=service.role,
        state=state.detail if containers or service.replicas == 0 else "no container",
        phase=state.phase,
        container=containers[0].name if containers else "",
        image=service.image,
        addresses=addresses(service, containers, host),
    )

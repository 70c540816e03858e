"""`logs`: what services printed, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from envctl.domain.project import Project
from envctl.ports import EngineReader, LogLine


def check_services(project: Project, services: Sequence[str]) -> None:
    """Raise UsageError for a name that is no service."""
    for name in services:
        project.service(name)


def logs(
    engine: EngineReader,
    project: Project,
    services: Sequence[str],
    *,
    tail: int | None = None,
    since: int | None = None,
) -> Iterable[LogLine]:
    """Return the lines of `services`, of all for none, merged by the engine's time stamps."""
    check_services(project, services)
    lines = [
        line
        for container in engine.containers(project.name)
        if not container.oneoff and (not services or container.service in services)
        for line in engine.logs(container, tail=tail, since=since)
    ]
    return sorted(lines, key=lambda line: line.time)

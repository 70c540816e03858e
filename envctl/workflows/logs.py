"""`logs`: what services printed, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    note: Callable[[str], None],
    *,
    tail: int | None = None,
    since: int | None = None,
) -> Iterable[LogLine]:
    """Return the lines of `services`, of all for none, merged by the engine's time stamps.

    A container whose output cannot be read is noted, and the others are shown.
    """
    check_services(project, services)
    lines: list[LogLine] = []
    for container in engine.containers(project.name):
        if container.oneoff or (services and container.service not in services):
            continue
        try:
            lines += engine.logs(container, tail=tail, since=since)
        except Failed as error:
            note(f"the output of {container.name} cannot be read: {error.message}")
    return sorted(lines, key=lambda line: line.time)

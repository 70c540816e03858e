"""`exec` and `shell`: a command in a running container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.observed import Container
    from envctl.domain.project import Project
    from envctl.ports import EngineReader, Terminal

# the best shell that the image has
SHELL = ("sh", "-c", "exec $(command -v bash || command -v ash || echo sh)")


def execute(
    engine: EngineReader,
    terminal: Terminal,
    project: Project,
    service: str,
    command: Sequence[str],
    *,
    index: int = 1,
    user: str = "",
    tty: bool = True,
) -> int:
    """Run `command` in the `index`-th container of `service`; returns the command's exit code.

    Raises Refused when no container of it runs.
    """
    _, count = running_containers(engine, project, service)
    if not 1 <= index <= count:
        raise UsageError(f"{service} has {count} containers, there is no number {index}")
    return terminal.run(project.name, service, command, index=index, user=user, tty=tty)


def running_containers(
    engine: EngineReader, project: Project, service: str
) -> tuple[tuple[Container, ...], int]:
    """Return the containers of `service` that run, and how many it has; Refused for none."""
    project.service(service)
    containers = [
        c for c in engine.containers(project.name) if c.service == service and not c.oneoff
    ]
    running = tuple(c for c in containers if c.state == "running")
    if not running:
        state = containers[0].state if containers else "not created"
        raise Refused(f"{service} does not run ({state})", hint=f"envctl up {service} starts it")
    return running, len(containers)

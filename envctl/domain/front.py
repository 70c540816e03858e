"""Which address of a project a browser should be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.addresses import addresses
from envctl.domain.service import Role
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from envctl.domain.observed import Container
    from envctl.domain.project import Project
    from envctl.domain.service import Service


def front_address(
    project: Project, containers: Sequence[Container], host: str, wanted: str = ""
) -> str:
    """Return the first web address of the service `wanted`, or of the one that is the front.

    The front is an app that no service but a job depends on, of several the one that needs most
    others; next come other apps, then the rest. Raises Refused when nothing of it runs, or what
    runs answers no browser.
    """
    named = f" {wanted}" if wanted else ""
    services = [project.service(wanted)] if wanted else list(project.services)
    if not _running(services, containers):
        hint = f"envctl up{named} starts it"
        raise Refused(f"{wanted or project.name} does not run", hint=hint)
    shown = {s.name: addresses(s, containers_of(s, containers), host) for s in services}
    for service in sorted(services, key=lambda s: _remoteness(project, s)):
        if web := _web(shown[service.name]):
            return web[0]
    raise _unanswered(wanted or project.name, shown)


def containers_of(service: Service, containers: Iterable[Container]) -> list[Container]:
    """Return the containers of `service`, without those of one-off commands."""
    return [c for c in containers if c.service == service.name and not c.oneoff]


def _remoteness(project: Project, service: Service) -> tuple[bool, bool, int]:
    """The front comes first; of equals, the first by name."""
    users = [s for s in project.services if s.role is not Role.JOB]
    needed = {d.service for s in users for d in s.depends_on}
    return service.role is not Role.APP, service.name in needed, -len(project.needs(service.name))


def _running(services: Iterable[Service], containers: Sequence[Container]) -> bool:
    return any(c.state == "running" for s in services for c in containers_of(s, containers))


def _web(found: Iterable[str]) -> list[str]:
    return [a for a in found if a.startswith(("http://", "https://"))]


def _unanswered(what: str, shown: Mapping[str, tuple[str, ...]]) -> Refused:
    others = [address for some in shown.values() for address in some]
    if others:
        said = f"{what} answers no browser, only {', '.join(others)}"
        return Refused(said, hint="app_protocol: http at a port says that it does")
    return Refused(f"{what} publishes no port", hint="name one under ports: in the Compose file")

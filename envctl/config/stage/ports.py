"""Published ports of app services: ways in at the edge, and ports of the loopback address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.domain.edge import Mode, Route
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.edge import Servers

HTTP_PORT, HTTPS_PORT = 80, 443


def routes_of(
    services: Mapping[str, dict[str, Any]], hosts: Iterable[tuple[str, str]], *, https: bool
) -> tuple[tuple[Route, ...], frozenset[int]]:
    """Return the ways in to `services`, and the ports whose mode nobody has said.

    `hosts` maps names to services, or `service:port`; `https` says whether names have certificates.
    """
    routes: list[Route] = []
    guessed: set[int] = set()
    for name, body in sorted(services.items()):
        for port in _fixed(body):
            said = str(port.get("app_protocol") or "")
            for number in _numbers(port["published"]):
                mode = Mode.HTTP if said.startswith(("http", "ws")) else Mode.TCP
                address = str(port.get("host_ip") or "")
                routes.append(Route(number, name, int(port["target"]), mode, address=address))
                guessed |= set() if said else {number}
    named = HTTPS_PORT if https else HTTP_PORT
    for host, where in sorted(hosts):
        service, target = backed(host, where, services)
        routes.append(Route(named, service, target, Mode.HTTP, (host,)))
    return tuple(routes), frozenset(guessed)


def own_ports(data: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the data services of a part, each with a TCP port of the host that it takes itself."""
    services: Mapping[str, dict[str, Any]] = data.get("services") or {}
    return tuple(
        (name, number)
        for name, body in sorted(services.items())
        for port in _fixed(body)
        for number in _numbers(port["published"])
    )


def _fixed(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for port in body.get("ports") or []:
        if port.get("published") and port.get("protocol", "tcp") == "tcp":
            yield port


def _numbers(published: Any) -> range:
    first, _, last = str(published).partition("-")
    return range(int(first), int(last or first) + 1)


def backed(host: str, where: str, services: Mapping[str, dict[str, Any]]) -> tuple[str, int]:
    """Return the service and container port that a host name leads to."""
    service, _, port = where.partition(":")
    if service not in services:
        known = ", ".join(sorted(services))
        raise ConfigurationError(
            f"envctl.toml: the host {host} leads to {service!r}, which is no app service",
            hint=f"there are: {known}",
        )
    if port:
        return service, int(port)
    body = services[service]
    targets = {int(p["target"]) for p in body.get("ports") or []}
    targets |= {int(str(p).partition("/")[0]) for p in body.get("expose") or []}
    if len(targets) != 1:
        raise ConfigurationError(
            f"envctl.toml: it is not clear which port of {service} the host {host} leads to",
            hint=f'write it like "{service}:8080"',
        )
    return service, targets.pop()


def backed_ports(routes: Iterable[Route]) -> tuple[tuple[str, int], ...]:
    """Return the services and container ports that need ports of the loopback address."""
    return tuple(sorted({(route.service, route.container_port) for route in routes}))


def loopback_ports(
    name: str, body: dict[str, Any], servers: Iterable[Servers]
) -> list[dict[str, Any]]:
    """Return a service's `ports`: those behind the edge, and what is no TCP port as it was."""
    others = [p for p in body.get("ports") or [] if p.get("protocol", "tcp") != "tcp"]
    own = [s for s in servers if s.service == name]
    return [
        {
            "mode": "ingress",
            "target": server.container_port,
            "published": _published(server.ports),
            "host_ip": "127.0.0.1",
            "protocol": "tcp",
        }
        for server in own
    ] + others


def _published(ports: tuple[int, ...]) -> str:
    return str(ports[0]) if len(ports) == 1 else f"{ports[0]}-{ports[-1]}"

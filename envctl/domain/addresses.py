"""Where a service answers, as a person would type it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.observed import Container, Publication
    from envctl.domain.service import Service

ANYWHERE = frozenset({"", "0.0.0.0", "::", "127.0.0.1", "::1"})  # noqa: S104 - compared, not bound
TLS_PORTS = frozenset({443, 8443})
# ports that IANA or habit give to protocols that are no HTTP
PLAIN_PORTS = frozenset(
    {21, 22, 25, 53, 389, 636, 1025, 1433, 1521, 1883, 2049, 2181, 3306, 4222, 5432, 5672}
    | {6379, 6432, 7687, 8883, 9042, 9092, 11211, 26257, 27017}
)


def addresses(
    service: Service, containers: Iterable[Container], host: str = "localhost"
) -> tuple[str, ...]:
    """Return the addresses of the published ports, each once, the lowest container port first.

    `host` is the name under which the engine's ports are reached from here.
    """
    ports = {p for c in containers if c.state == "running" for p in c.ports}
    ordered = sorted(ports, key=lambda p: (p.container_port, p.host_port))
    return tuple(dict.fromkeys(_address(service, p, host) for p in ordered))


def published(service: str, containers: Iterable[Container], port: int = 0) -> Publication:
    """Return where a container port of a service is published; the only one there is for 0.

    TCP comes before other protocols, IPv4 before IPv6. UsageError names the ports that there are.
    """
    every = {p for c in containers if c.state == "running" for p in c.ports}
    ports = sorted({p.container_port for p in every})
    wanted = port or (ports[0] if len(ports) == 1 else 0)
    found = [p for p in every if p.container_port == wanted]
    if not found:
        which = f"port {port}" if port else "one port only" if ports else "a port"
        there = ", ".join(map(str, ports)) or "none; name it under ports: in the Compose file"
        raise UsageError(f"{service} does not publish {which}", hint=f"published: {there}")
    return min(found, key=lambda p: (p.protocol != "tcp", ":" in p.host_ip, p.host_port))


def _address(service: Service, port: Publication, host: str) -> str:
    where = f"{reached_at(port, host)}:{port.host_port}"
    if port.protocol != "tcp":
        return f"{where}/{port.protocol}"
    if port.container_port in TLS_PORTS:
        return f"https://{where}"
    known_web = port.container_port in service.web_ports
    return where if port.container_port in PLAIN_PORTS and not known_web else f"http://{where}"


def reached_at(port: Publication, host: str) -> str:
    """Return the host of a published port, where that of the engine is `host`.

    An address a port is bound to alone is the only one it answers on.
    """
    if port.host_ip in ANYWHERE:
        return host
    return f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip

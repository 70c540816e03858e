"""Where a service answers, as a person would type it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def _address(service: Service, port: Publication, host: str) -> str:
    where = f"{_host(port, host)}:{port.host_port}"
    if port.protocol != "tcp":
        return f"{where}/{port.protocol}"
    if port.container_port in TLS_PORTS:
        return f"https://{where}"
    known_web = port.container_port in service.web_ports
    return where if port.container_port in PLAIN_PORTS and not known_web else f"http://{where}"


def _host(port: Publication, host: str) -> str:
    """An address a port is bound to alone is the only one it answers on."""
    if port.host_ip in ANYWHERE:
        return host
    return f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip

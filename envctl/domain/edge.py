"""What the edge of a target serves: which ports and names lead to which release of which stage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SOON = 7
"""Days before its end at which a certificate should have been renewed."""


class Mode(StrEnum):
    """How a port is served; HTTP is switched request by request, TCP connection by connection."""

    HTTP = "http"
    TCP = "tcp"


@dataclass(frozen=True)
class Route:
    """A way in: a port of the host, and for host names only what is asked for by those.

    `service` and `container_port` are what it leads to. With `hosts` the port is the edge's own
    for names: 80, or 443 where there are certificates. `address` is the one address of the host
    that it is for; empty for all.
    """

    port: int
    service: str
    container_port: int
    mode: Mode = Mode.HTTP
    hosts: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True)
class Servers:
    """Where the containers of one service's port are: ports of the host's loopback address."""

    service: str
    container_port: int
    ports: tuple[int, ...]


@dataclass(frozen=True)
class Backing:
    """What stands behind a stage's routes: one deployment of it."""

    deployment: str
    servers: tuple[Servers, ...]


@dataclass(frozen=True)
class Certificate:
    """What the edge proves names with; `days` are those that it is still good for.

    Without `days` there is none yet. `names` are separated by spaces.
    """

    names: str
    days: int | None = None

    @property
    def trouble(self) -> str:
        """What somebody has to know; empty while all is well."""
        if self.days is None:
            return (
                f"{self.names} has no certificate yet, and connections to it fail: "
                "docker logs envctl-edge on the target says how far it is"
            )
        if self.days < 0:
            return f"the certificate of {self.names} has expired"
        if self.days < SOON:
            return f"the certificate of {self.names} expires in {self.days} days"
        return ""


@dataclass(frozen=True)
class EdgeStage:
    """One stage's part of the edge.

    `stage` is what the stage is called on the target (`shop-production`). `active` is the
    deployment that is served, `backings` are those that the edge knows, two at most; `beside` are
    the ways in of the one that is not served.
    """

    stage: str
    routes: tuple[Route, ...]
    active: str = ""
    backings: tuple[Backing, ...] = ()
    beside: tuple[Route, ...] = ()

    def known(self, backing: Backing) -> tuple[Route, ...]:
        """Return the ways in that a deployment was offered with; none where it was not."""
        if backing not in self.backings:
            return ()
        return self.routes if backing.deployment == self.active else self.beside

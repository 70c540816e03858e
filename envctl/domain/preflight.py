"""What would stop a deploy half way, looked at before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.edge_state import require_free, ways_of
from envctl.domain.quantities import size
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from envctl.domain.deployment import Deployment
    from envctl.domain.edge import EdgeStage
    from envctl.domain.target import HostFacts

UNPACKED = 3
"""How many times its download an image may take while it is unpacked; on the safe side."""
RESERVE = 64 << 20
"""Bytes that containers and logs may need to come up."""


def require_room(download: int, facts: HostFacts) -> None:
    """Raise Refused when the target's disk has no room for so many bytes of packed layers."""
    needed = download * UNPACKED + RESERVE
    if facts.free < needed:
        raise Refused(
            f"the target has {size(facts.free)} left, and the release needs {size(needed)}",
            hint="make room there: docker system df shows what takes it; nothing was changed",
        )


def require_ports(new: Deployment, own: Collection[int], facts: HostFacts) -> None:
    """Raise Refused when a port that `new` needs is somebody else's.

    `own` are those that the edge, or the stage's data services, have now.
    """
    wanted = {port: service for service, port in new.published}
    wanted |= {route.port: route.service for route in new.routes if not route.hosts}
    taken = sorted(port for port in wanted if port in facts.ports and port not in own)
    if taken:
        said = ", ".join(f"{port} (for {wanted[port]})" for port in taken)
        raise Refused(
            f"on the target something listens already on port {said}",
            hint="end it, or give the stage another port; nothing was changed",
        )


def require_ways(key: str, new: Deployment, served: Iterable[EdgeStage]) -> None:
    """Raise Refused when the edge serves a way in of `new` for another stage than `key`."""
    for other in served:
        if other.stage != key:
            require_free(ways_of(new.routes), other.stage, list(ways_of(other.routes)))

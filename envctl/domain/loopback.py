"""Which ports of the loopback address the containers of a deployment get."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from envctl.domain.edge import Servers
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

FIRST, LAST = 20000, 29999
"""Below what systems hand out by themselves (32768 and up), so that a port stays one's own."""
MOVED = range(19000, 20000)
"""What ways in are moved to: 8082 is 19082 there, where that is free."""


def choose_servers(
    deployment: str, wanted: Iterable[tuple[str, int, int]], taken: Collection[int]
) -> tuple[Servers, ...]:
    """Return ports for each service, container port and number of containers in `wanted`.

    They begin where the deployment's name says, so that deployments seldom meet; those in `taken`
    are other deployments' or in use. Refused when there are none left.
    """
    start = FIRST + int(hashlib.sha256(deployment.encode()).hexdigest(), 16) % (LAST - FIRST + 1)
    used = set(taken)
    found = []
    for service, port, count in wanted:
        ports = _free_block(start, max(count, 1), used)
        used |= set(ports)
        found.append(Servers(service, port, ports))
    return tuple(found)


def _free_block(start: int, count: int, used: Collection[int]) -> tuple[int, ...]:
    """Return `count` ports in a row: Compose takes a range."""
    size = LAST - FIRST + 1
    for offset in range(size):
        first = FIRST + (start - FIRST + offset) % size
        block = tuple(range(first, first + count))
        if block[-1] <= LAST and not any(port in used for port in block):
            return block
    raise Refused(
        f"no {count} free ports in a row are left between {FIRST} and {LAST} on the target",
        hint="remove deployments that nobody needs",
    )


class MovedPorts:
    """Ports of the host in place of those that a stage has: for a copy of it on another machine.

    None of them is in `taken`. One that was asked for before is the same again.
    """

    def __init__(self, taken: Collection[int]) -> None:
        self._taken, self._given = set(taken), dict[int, int]()

    def __call__(self, port: int) -> int:
        """Return what there is in place of `port`."""
        if port not in self._given:
            self._given[port] = self._free(port)
            self._taken.add(self._given[port])
        return self._given[port]

    def _free(self, port: int) -> int:
        for step in range(len(MOVED)):
            if (found := MOVED[(port + step) % len(MOVED)]) not in self._taken:
                return found
        raise Refused(
            f"no port is free between {MOVED[0]} and {MOVED[-1]} on this machine",
            hint="end what listens there; envctl doctor shows what it is",
        )

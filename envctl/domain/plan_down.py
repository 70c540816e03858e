"""Decide what `down` and `reset` have to remove; calls nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Plan, Step, Wave
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from envctl.domain.observed import Container, Guest, Mount, Observed

_LASTING = "; what it holds lies elsewhere, and stays there"


def plan_down(observed: Observed) -> Plan:
    """Return the steps after which nothing of the playground is left but its data."""
    removed = [
        Step(Action.REMOVE, name, _count(containers)) for name, containers in _services(observed)
    ]
    return _in_waves([*removed, *_networks(observed)])


def plan_demolition(observed: Observed, cause: str) -> Plan:
    """Return the steps after which nothing of the playground is left; `cause` says who asked.

    What writes only to data that goes as well is killed. What writes to a folder of the host, or to
    a volume that stays or leads to such a folder, is asked to stop first. Raises Refused when
    somebody else's container uses one of the volumes.
    """
    _check_volumes(observed.guests)
    guests = [
        Step(Action.DISCONNECT, guest.name, "it is none of this playground", target=network)
        for guest in observed.guests
        for network in guest.networks
    ]
    removed = [_demolished(name, containers, observed) for name, containers in _services(observed)]
    volumes = [
        Step(Action.REMOVE_VOLUME, v, f"{cause}{_LASTING if v in observed.lasting else ''}")
        for v in observed.volumes
    ]
    return _in_waves([*guests, *removed], [*_networks(observed), *volumes])


def _in_waves(*waves: Sequence[Step]) -> Plan:
    return Plan(waves=tuple(Wave(tuple(steps)) for steps in waves if steps))


def _services(observed: Observed) -> list[tuple[str, list[Container]]]:
    names = sorted({c.service for c in observed.containers})
    return [(name, [c for c in observed.containers if c.service == name]) for name in names]


def _networks(observed: Observed) -> list[Step]:
    cause = "it belongs to this playground"
    return [Step(Action.REMOVE_NETWORK, name, cause) for name in observed.networks]


def _demolished(name: str, containers: Sequence[Container], observed: Observed) -> Step:
    going = set(observed.volumes) - set(observed.lasting)
    kept = sorted({m.source for c in containers for m in c.mounts if stays(m, going)})
    manner = f"asked to stop first, it writes to {', '.join(kept)}" if kept else "killed"
    return Step(Action.REMOVE, name, f"{_count(containers)}; {manner}", forced=not kept)


def stays(mount: Mount, going: Collection[str]) -> bool:
    """Whether a container can write there to something that outlives the volumes `going`."""
    if not mount.writable or mount.anonymous or mount.kind in ("tmpfs", "image"):
        return False
    return mount.kind != "volume" or mount.source not in going


def _check_volumes(guests: Sequence[Guest]) -> None:
    users = {guest.name: guest.volumes for guest in guests if guest.volumes}
    for name, volumes in users.items():
        raise Refused(
            f"the container {name}, which is none of this playground, uses volume {volumes[0]}",
            hint=f"docker rm -f {' '.join(users)} if it is not needed, then run the same again",
        )


def _count(containers: Sequence[Container]) -> str:
    states = sorted(c.state for c in containers)
    count = f"{len(states)} container{'s' if len(states) > 1 else ''}"
    return f"{count}, {', '.join(dict.fromkeys(states))}"

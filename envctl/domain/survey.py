"""What an engine has of playgrounds, all of them at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.observed import Container


@dataclass(frozen=True)
class Resident:
    """A container as the engine's list shows it, and the playground that it belongs to.

    `folder` is where it was started, `created` seconds since the epoch by the engine's clock,
    `volumes` names the volumes that it mounts.
    """

    playground: str
    container: Container
    folder: str = ""
    created: float = 0.0
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thing:
    """A volume or a network; a volume that nobody named belongs to the container that mounts it."""

    name: str
    playground: str = ""
    created: float = 0.0
    anonymous: bool = False


@dataclass(frozen=True)
class Survey:
    """All that belongs to playgrounds. `local` says that the engine's folders are folders here."""

    residents: tuple[Resident, ...] = ()
    volumes: tuple[Thing, ...] = ()
    networks: tuple[Thing, ...] = ()
    local: bool = True


@dataclass(frozen=True)
class Disk:
    """Bytes by container ID and by the name of a volume; what could not be measured is left out."""

    layers: Mapping[str, int] = field(default_factory=dict)
    volumes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A playground as the engine has it.

    `folders` are those that it was started in, the latest first. `created` is the time of
    its oldest container or volume, `newest` that of its newest; 0 where nothing tells.
    """

    name: str
    containers: tuple[Container, ...] = ()
    folders: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    created: float = 0.0
    newest: float = 0.0

    def taken(self, disk: Disk) -> int:
        """Return the bytes that its volumes and its containers' own layers take."""
        layers = sum(disk.layers.get(c.id, 0) for c in self.containers)
        return layers + sum(disk.volumes.get(name, 0) for name in self.volumes)


def playgrounds(survey: Survey) -> tuple[Found, ...]:
    """Return every playground of which there is a container, a volume or a network, by name."""
    things = [*survey.volumes, *survey.networks]
    names = {r.playground for r in survey.residents} | {t.playground for t in things}
    return tuple(_found(name, survey) for name in sorted(names - {""}))


def _found(name: str, survey: Survey) -> Found:
    residents = [r for r in survey.residents if r.playground == name]
    mounted = {v for r in residents for v in r.volumes}
    volumes = [
        v for v in survey.volumes if v.playground == name or (v.anonymous and v.name in mounted)
    ]
    networks = [n for n in survey.networks if n.playground == name]
    residents.sort(key=lambda r: -r.created)
    times = _times(residents, volumes) or [n.created for n in networks if n.created]
    return Found(
        name=name,
        containers=tuple(sorted((r.container for r in residents), key=lambda c: c.name)),
        folders=tuple(dict.fromkeys(r.folder for r in residents if r.folder)),
        volumes=tuple(v.name for v in volumes),
        networks=tuple(n.name for n in networks),
        created=min(times, default=0.0),
        newest=max(times, default=0.0),
    )


def _times(residents: list[Resident], volumes: list[Thing]) -> list[float]:
    return [t for t in (*(r.created for r in residents), *(v.created for v in volumes)) if t]

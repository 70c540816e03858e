"""What `doctor` saw on the engine: containers, networks, and the room they take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ContainerFact:
    """A container of any playground; only those of the own one are looked at closely.

    `folder` is the checkout it was made from, `folder_gone` whether that is known to be no more.
    `ran` is how many seconds ago it was started, by the engine's own clock.
    """

    name: str
    playground: str
    service: str
    state: str
    folder: str = ""
    folder_gone: bool = False
    oneoff: bool = False
    exit_code: int = 0
    restart_count: int = 0
    oom_killed: bool = False
    health: str = ""
    error: str = ""
    probe: str = ""
    ran: float | None = None


@dataclass(frozen=True)
class NetworkFact:
    """A network on the engine; `subnets` are its address ranges."""

    name: str
    playground: str
    subnets: tuple[str, ...] = ()
    bridge: bool = True


@dataclass(frozen=True)
class Usage:
    """What a playground takes on the engine's disk, in bytes."""

    playground: str
    volumes: int
    layers: int


@dataclass(frozen=True)
class Room:
    """What takes room on the engine's disk."""

    playgrounds: tuple[Usage, ...] = ()
    images: int = 0
    images_unused: int = 0
    build_cache: int = 0
    build_cache_unused: int = 0
    nameless_volumes: int = 0
    nameless_size: int = 0


@dataclass(frozen=True)
class Belongings:
    """What is on the engine, of all playgrounds; None was not looked at."""

    containers: tuple[ContainerFact, ...] | None = None
    networks: tuple[NetworkFact, ...] | None = None
    volumes: frozenset[str] | None = None

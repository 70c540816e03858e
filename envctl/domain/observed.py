"""A snapshot of what is on the engine, taken once per decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.restore import Due


@dataclass(frozen=True)
class Publication:
    """A container port and where it answers on the engine's host."""

    container_port: int
    host_port: int
    protocol: str = "tcp"
    host_ip: str = ""


@dataclass(frozen=True)
class Probe:
    """One run of a healthcheck."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class Mount:
    """Something that a container sees of the world outside.

    `kind` is the engine's word (volume, bind, tmpfs, ...); `source` names the volume, or the path
    on the engine's host, `target` is its place in the container. An anonymous volume is the
    container's own and goes with it.
    """

    kind: str
    source: str
    writable: bool = True
    anonymous: bool = False
    target: str = ""


@dataclass(frozen=True)
class Guest:
    """A container of somebody else's that uses a playground's networks or volumes."""

    name: str
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Container:
    """A container of a service.

    `state` and `health` are the engine's words (created, running, paused, restarting, removing,
    exited, dead; healthy, unhealthy, starting or empty without a healthcheck). `started_at` is
    the engine's own time stamp, never compared with a clock here. `networks` are those that it is
    on, or will be on when it is started: one that was removed meanwhile is not among them.
    `labels` are those that envctl gave it.
    """

    id: str
    name: str
    service: str
    state: str
    health: str = ""
    exit_code: int = 0
    restart_count: int = 0
    image: str = ""
    image_id: str = ""
    started_at: str = ""
    error: str = ""
    oom_killed: bool = False
    ports: tuple[Publication, ...] = ()
    probes: tuple[Probe, ...] = ()
    oneoff: bool = False
    tty: bool = False
    mounts: tuple[Mount, ...] = ()
    networks: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def label(self, name: str) -> str:
        """Return what one of envctl's labels says; empty where it has none of that name."""
        return dict(self.labels).get(name, "")


@dataclass(frozen=True)
class Observed:
    """What a decision is taken on.

    `images` maps image names to the IDs that they have on this engine; a name that is missing
    there is not on the engine. `inputs` maps a built service to the name under which an image
    made of its present inputs is kept; a service that is missing there has inputs that cannot
    be read here. `published` maps such names to references in the registry, where one has what is
    missing on the engine; the inputs of services in `unclean` are in no commit as they are.
    `locked` maps names of images to references of just the image that the lock means.
    `known` maps container IDs to the service definition they were created from; those in `edited`
    had files changed since.
    `lasting` are those of `volumes` whose data lies elsewhere and outlives them.
    `due` are the restores that have to come before anything starts, `owed` is the job that has to
    be run once when all is ready.
    """

    containers: tuple[Container, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    unclean: frozenset[str] = frozenset()
    known: Mapping[str, str] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()
    guests: tuple[Guest, ...] = ()
    due: tuple[Due, ...] = ()
    owed: str = ""

    def of(self, service: str) -> tuple[Container, ...]:
        """Return the containers of `service`; those of one-off commands are left out."""
        return tuple(c for c in self.containers if c.service == service and not c.oneoff)

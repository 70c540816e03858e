"""A service as the effective Compose model describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Pairs = tuple[tuple[str, str], ...]


class Role(StrEnum):
    """What part a service plays; jobs run to completion."""

    APP = "app"
    DATA = "data"
    JOB = "job"


class Condition(StrEnum):
    """What a `depends_on` entry waits for; Compose's own names."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


@dataclass(frozen=True)
class Dependency:
    """One entry of `depends_on`; `restart` asks to follow when the other one is replaced."""

    service: str
    condition: Condition = Condition.STARTED
    restart: bool = False
    required: bool = True


@dataclass(frozen=True)
class Build:
    """How an image is built.

    `definition` is what else of the build section can change the result, as canonical JSON.
    `context` and `extra_contexts` are absolute folders, `extra_layouts` folders with images in
    them; `extra_services` are other services whose images serve as contexts, `extra_images` other
    people's that do. `inline` is the text of a Dockerfile that is no file, `arguments` the build
    arguments that have a value, `platforms` as they are written, `secrets` and `ssh` IDs. `remote`
    says that a context lies elsewhere (a Git URL), so that its inputs cannot be read here.
    """

    context: str
    dockerfile: str
    definition: str = "{}"
    extra_contexts: Pairs = ()
    extra_services: Pairs = ()
    arguments: Pairs = ()
    remote: bool = False
    extra_images: Pairs = ()
    extra_layouts: Pairs = ()
    inline: str = ""
    target: str = ""
    platforms: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """The names of its further contexts, which stand in for images of the same names."""
        further = (
            self.extra_contexts,
            self.extra_services,
            self.extra_images,
            self.extra_layouts,
        )
        return frozenset(name for pairs in further for name, _ in pairs)


@dataclass(frozen=True)
class Service:
    """One service.

    `definition` is a digest of all that Compose hands to the engine for a container of it, its
    build excepted: another digest means that the container has to be replaced. `shares` names
    the services whose network, process or volume space its containers join, `volumes` the keys of
    the named volumes that it mounts, `networks` the names that its networks have on the engine.
    """

    name: str
    image: str
    definition: str = ""
    build: Build | None = None
    role: Role = Role.APP
    depends_on: tuple[Dependency, ...] = ()
    shares: tuple[str, ...] = ()
    replicas: int = 1
    pull_policy: str = ""
    has_healthcheck: bool = False
    restarts: bool = False
    publishes: bool = False
    web_ports: tuple[int, ...] = field(default=())
    volumes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def may_complete(self) -> bool:
        """Whether a container of it that ends with exit code 0 has done its work.

        True for jobs, and for services that nothing says should stay: no healthcheck, no
        published port, no restart policy.
        """
        if self.role is Role.JOB:
            return True
        return not (self.has_healthcheck or self.publishes or self.restarts)

"""A service as the effective Compose model describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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

    `definition` is the build section as Compose resolved it. `context` and `extra_contexts` are
    absolute folders, `extra_services` are other services whose images serve as contexts,
    `arguments` the build arguments; `remote` says that a context lies elsewhere (a Git URL), so
    that its inputs cannot be read here.
    """

    context: str
    dockerfile: str
    definition: str
    extra_contexts: tuple[tuple[str, str], ...] = ()
    extra_services: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    remote: bool = False


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

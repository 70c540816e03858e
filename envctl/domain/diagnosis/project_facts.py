"""What `doctor` saw of a project: of its files, and of what they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.project import Project


class Hold(StrEnum):
    """What is the matter with a host port that a service publishes."""

    FREE = "free"
    OWN = "own"
    CONTAINER = "container"
    PROCESS = "process"
    NO_ADDRESS = "no address"
    PRIVILEGED = "privileged"


@dataclass(frozen=True)
class PortFact:
    """A published port; `holder` names who has it, `playground` whose container that is."""

    service: str
    where: str
    hold: Hold
    holder: str = ""
    playground: str = ""


class Lack(StrEnum):
    """What a path of a service was meant to be."""

    BIND = "bind mount"
    STRICT_BIND = "bind mount that Compose does not create"
    SECRET = "secret"  # noqa: S105 - a kind of file
    CONFIG = "config"
    CONTEXT = "build context"
    DOCKERFILE = "Dockerfile"


@dataclass(frozen=True)
class MissingPath:
    """A path that the project names and that does not exist."""

    services: tuple[str, ...]
    lack: Lack
    path: str


@dataclass(frozen=True)
class BigContext:
    """A build context without ignore file; `size` is what was counted, at least."""

    services: tuple[str, ...]
    path: str
    size: int


class Reach(StrEnum):
    """How far the way to an image in a registry goes."""

    FOUND = "found"
    NO_NAME = "no such host"
    REFUSED = "connection refused"
    SILENT = "no answer"
    UNTRUSTED = "certificate not trusted"
    PLAIN = "plain HTTP"
    LOGIN = "credentials wanted"
    ABSENT = "no such image"
    UNWELL = "error"


@dataclass(frozen=True)
class RegistryFact:
    """The registry of images that the project needs and the engine does not have.

    `through` is the engine's proxy, where that is what was asked; `shell_proxy` says that this
    shell has a proxy and the engine none.
    """

    host: str
    images: tuple[str, ...]
    reach: Reach
    said: str = ""
    through: str = ""
    shell_proxy: bool = False


@dataclass(frozen=True)
class PlatformFact:
    """A service whose image is for another machine; `emulated` is None where nobody can tell."""

    service: str
    platform: str
    emulated: bool | None
    written: bool


@dataclass(frozen=True)
class ProjectFacts:
    """The project; `error` says why it cannot be read, `hint` what its error advises.

    `checked` are services whose image brings a healthcheck of its own, `absent` images that are
    still to be pulled.
    """

    playground: str = ""
    project: Project | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()
    checked: frozenset[str] = frozenset()
    ports: tuple[PortFact, ...] = ()
    paths: tuple[MissingPath, ...] = ()
    contexts: tuple[BigContext, ...] = ()
    platforms: tuple[PlatformFact, ...] = ()
    absent: tuple[str, ...] | None = None
    registries: tuple[RegistryFact, ...] = ()

"""What `doctor` saw of the engine and of this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Trouble(StrEnum):
    """Why no engine answered."""

    ABSENT = "nothing listens"
    SILENT = "no answer in time"
    PERMISSION = "no permission"
    CONTEXT = "no such context"
    ADDRESS = "no address"


@dataclass(frozen=True)
class EngineFacts:
    """The engine; an empty `version` means that none answered, for the reason in `error`.

    `chosen_by` is the variable that led to `host`, empty for docker's current context; `other`
    an address where another engine does answer. `clock_off` is how many seconds the engine's
    clock is ahead of this machine's, beyond what the call took. `local` says that the engine's
    files and ports are this machine's own.
    """

    host: str = ""
    chosen_by: str = ""
    version: str = ""
    error: str = ""
    trouble: Trouble | None = None
    other: str = ""
    contexts: tuple[str, ...] = ()
    joined_group: bool = False
    api: str = ""
    image_store: str = ""
    architecture: str = ""
    memory: int | None = None
    warnings: tuple[str, ...] = ()
    clock_off: float | None = None
    proxy: str = ""
    rootless: bool = False
    local: bool = True


@dataclass(frozen=True)
class Tool:
    """The docker command, or a plugin of it; an empty `version` means that it is not there."""

    version: str = ""
    error: str = ""


@dataclass(frozen=True)
class Disk:
    """The disk that the engine writes to; `inodes` is 0 where the file system does not count."""

    path: str
    free: int
    total: int
    inodes_free: int = 0
    inodes: int = 0


@dataclass(frozen=True)
class Folder:
    """A folder that envctl writes to; `error` says why it cannot."""

    path: str
    purpose: str
    variable: str
    error: str = ""


@dataclass(frozen=True)
class DockerConfig:
    """The docker command's own settings: which credential helpers they name that are not there.

    `helpers` maps a missing program to the registries it is named for; none means all.
    """

    path: str
    error: str = ""
    helpers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class MachineFacts:
    """The machine here; None where the system does not tell."""

    disk: Disk | None = None
    memory_free: int | None = None
    watches: int | None = None
    instances: int | None = None
    folders: tuple[Folder, ...] = ()
    docker_config: DockerConfig | None = None

"""The rules of `develop.watch`, as the Compose specification has them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WatchAction(StrEnum):
    """What a rule does with a change; Compose's own words."""

    SYNC = "sync"
    REBUILD = "rebuild"
    RESTART = "restart"
    SYNC_RESTART = "sync+restart"
    SYNC_EXEC = "sync+exec"

    @property
    def syncs(self) -> bool:
        """Whether it brings files into containers."""
        return self.value.startswith("sync")

    @property
    def restarts(self) -> bool:
        """Whether containers are restarted after a change."""
        return self.value.endswith("restart")


@dataclass(frozen=True)
class Hook:
    """A command that is run in a container; `environment` has lines as NAME=VALUE."""

    command: tuple[str, ...]
    user: str = ""
    privileged: bool = False
    working_dir: str = ""
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class WatchRule:
    """One entry of `develop.watch`.

    `path` is absolute, without links in it. `ignore` and `include` are patterns as in
    `.dockerignore`, relative to `path`; no `include` means everything. `place` is where the rule
    stands in the model.
    """

    service: str
    action: WatchAction
    path: str
    target: str = ""
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    initial_sync: bool = False
    hook: Hook | None = None
    place: str = ""

    def __str__(self) -> str:
        target = f" to {self.target}" if self.action.syncs else ""
        return f"{self.action} {self.service}: {self.path}{target}"

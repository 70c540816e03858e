"""Hands out what a target has, while the way to it is open."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.adapters.engine_http import EngineHttp
    from envctl.adapters.target.connection import EngineConnection
    from envctl.domain.target import Target
    from envctl.ports.target import StageLock, StageStore


@dataclass(frozen=True)
class OpenTarget:
    """A target, and the open connection to it."""

    target: Target
    connection: EngineConnection

    @cached_property
    def http(self) -> EngineHttp:
        """The engine's API."""
        from envctl.adapters.engine_http import EngineHttp

        return EngineHttp(self.connection.endpoint)

    def close(self) -> None:
        """Close what is open beside the connection."""
        if "http" in self.__dict__:
            self.http.close()

    def lock(self, project: str, stage: str) -> StageLock:
        """Return the lock of a stage there."""
        from envctl.adapters.target.lock import ContainerLock, this_person

        return ContainerLock(self.http, project, stage, this_person())

    def store(self, project: str, stage: str) -> StageStore:
        """Return what is kept for a stage there."""
        from envctl.adapters.target.store import VolumeStore

        return VolumeStore(self.http, project, stage)


@contextmanager
def open_target(target: Target) -> Iterator[OpenTarget]:
    """Open the way to `target` for as long as the block lasts, which stays in one thread."""
    from envctl.adapters.target.connection import open_connection

    with open_connection(target) as connection:
        opened = OpenTarget(target, connection)
        try:
            yield opened
        finally:
            opened.close()

"""What commands on a stage need from outside: the way to its target, its lock, its store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from envctl.domain.target import Holder, HostFacts


class Connection(Protocol):
    """An open way to a target, for as long as the command lasts; over SSH it is one connection."""

    @property
    def docker_host(self) -> str:
        """The engine's address as DOCKER_HOST has it, as seen from this machine."""

    def bring_registry(self, host: str) -> str:
        """Let the target reach the registry `host` of this machine's loopback address.

        Returns the host under which it is reached there, which may have another port. Unreachable
        where that cannot be.
        """

    def check(self) -> None:
        """Raise Unreachable when the connection has ended."""


class HeldLock(Protocol):
    """The lock of a stage, held."""

    def check(self) -> None:
        """Raise Refused when it is lost: somebody else may have it, so nothing may be written."""

    def host_facts(self) -> Callable[[], HostFacts]:
        """Ask the target's host what it says of itself; what is returned waits for the answer."""


class StageLock(Protocol):
    """The lock of a stage, on its target."""

    def held(
        self, doing: str, *, wait: float | None, waiting: Callable[[Holder], None]
    ) -> AbstractContextManager[HeldLock]:
        """Hold it. Where somebody else does: wait for at most `wait` seconds, None for not at all.

        `waiting` is told once whom it waits for. Refused names the holder.
        """

    def holder(self) -> Holder | None:
        """Return who has it."""

    def force(self) -> Holder | None:
        """Take it from its holder, who is returned; for the case that a person insists."""


class StageStoreReader(Protocol):
    """Small files that a target keeps for a stage, in a volume, where settings are safe."""

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names of the files in a folder of the store, sorted; none without it."""

    def folders(self, folder: str) -> tuple[str, ...]:
        """Return the names of the folders in a folder of the store, sorted; none without it."""

    def read(self, path: str) -> bytes | None:
        """Return a file; None where there is none."""


class StageStore(StageStoreReader, Protocol):
    """The same, and writes."""

    @property
    def volume(self) -> str:
        """The name of the volume, for containers that mount a part of it."""

    def write(self, files: Mapping[str, bytes], *, mode: int = 0o600) -> None:
        """Write files with their folders, all in one call; what exists is replaced."""

    def remove(self, path: str) -> None:
        """Remove a file or a whole folder; what is gone already does no harm."""

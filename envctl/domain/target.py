"""Where a stage runs: this machine's engine, one over SSH, or one that a docker context names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """How a target is reached."""

    LOCAL = "local"
    SSH = "ssh"
    CONTEXT = "context"


@dataclass(frozen=True)
class Target:
    """A target as `envctl.toml` names it.

    `text` is what is written there, empty for the local engine. `host`, `user`, `port` (0 where
    it is left to the SSH configuration) and `socket` (empty for the usual one) are of an SSH
    address, `context` is the name of a docker context.
    """

    text: str = ""
    reach: Reach = Reach.LOCAL
    host: str = ""
    user: str = ""
    port: int = 0
    socket: str = ""
    context: str = ""

    def __str__(self) -> str:
        return self.text or "the local engine"


LOCAL = Target()


@dataclass(frozen=True)
class Holder:
    """Who has the lock of a stage: a person at a machine, since when by their clock, doing what."""

    who: str
    where: str
    since: str
    doing: str

    def __str__(self) -> str:
        return f"{self.who} at {self.where}, since {self.since}: {self.doing}"


@dataclass(frozen=True)
class HostFacts:
    """What the host of a target says: bytes that its engine can still write, TCP ports in use."""

    free: int
    ports: frozenset[int]

"""A plan: the steps that a command is about to take, each with its cause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a step does; the words appear in plans, progress and logs alike."""

    PULL = "pull"
    BUILD = "build"
    TAG = "tag"
    PUSH = "push"
    MIRROR = "mirror"
    PUBLISH = "publish"
    CREATE = "create"
    CHECK = "check"
    REPLACE = "replace"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RENAME = "rename"
    DISCONNECT = "disconnect"
    SAVE = "save"
    RESTORE = "restore"
    SEED = "seed"
    REMOVE = "remove"
    REMOVE_NETWORK = "remove network"
    REMOVE_VOLUME = "remove volume"
    FORGET = "forget"
    RECORD = "record"
    KEEP = "keep"
    CREATE_VOLUME = "create volume"
    CONNECT = "connect"
    RUN = "run"
    PROVE = "prove"
    OFFER = "offer"
    HAND_OVER = "hand over"
    SWITCH = "switch"
    CONFIRM = "confirm"
    DRAIN = "drain"
    STOP = "stop"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Step:
    """One effect on one thing.

    `subject` is a service, network or volume; `forced` asks to replace a container even where
    Compose sees no difference, and to remove one without asking it to stop. `source` and `target`
    are image names; or `source` is the ID of the one container that is meant, `target` its new
    name, or the network that it is disconnected from. On a stage, `target` is the Compose project
    that a service's container belongs to, and a `forced` proof is of all services, with those that
    are handed over.
    """

    action: Action
    subject: str
    cause: str
    forced: bool = False
    source: str = ""
    target: str = ""

    def __str__(self) -> str:
        place = f" from {self.target}" if self.action is Action.DISCONNECT else ""
        return f"{self.action} {self.subject}{place}: {self.cause}"


@dataclass(frozen=True)
class Wave:
    """Steps that may happen at once; the next wave starts when these services are ready.

    `ordered` leaves the order within the wave to Compose, which then follows `depends_on`.
    """

    steps: tuple[Step, ...]
    ordered: bool = False

    @property
    def subjects(self) -> frozenset[str]:
        """What the steps are about."""
        return frozenset(step.subject for step in self.steps)

    def of(self, *actions: Action) -> tuple[Step, ...]:
        """Return the steps with one of `actions`."""
        return tuple(step for step in self.steps if step.action in actions)


@dataclass(frozen=True)
class Plan:
    """Image steps first, then containers in waves. An empty plan means nothing to do."""

    images: tuple[Step, ...] = ()
    waves: tuple[Wave, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in the order of their execution."""
        return self.images + tuple(step for wave in self.waves for step in wave.steps)

    def of(self, action: Action) -> tuple[Step, ...]:
        """Return the steps that do `action`."""
        return tuple(step for step in self.steps if step.action is action)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

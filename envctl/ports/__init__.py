"""What the workflows need from outside, named for the need.

Reading and writing are kept apart: a dry run is handed readers only, and a reader has no
method that changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from envctl.domain.diagnosis.facts import Facts
    from envctl.domain.observed import Container, Guest
    from envctl.domain.plan import Step
    from envctl.domain.playground import Playground
    from envctl.domain.project import Project
    from envctl.domain.readiness import ServiceState
    from envctl.domain.survey import Disk, Survey


@dataclass(frozen=True)
class LogLine:
    """One line of a container's output; `time` is the engine's RFC 3339 time stamp."""

    service: str
    container: str
    time: str
    text: str
    stream: str = "stdout"


class EngineReader(Protocol):
    """Looks at an engine; every method raises Unreachable when it does not answer."""

    def containers(self, project: str) -> tuple[Container, ...]:
        """Return the containers of a playground, sorted by name, one-off ones included."""

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the IDs of those of `names` that are on the engine."""

    def networks(self, project: str) -> tuple[str, ...]:
        """Return the names of the playground's networks, sorted."""

    def volumes(self, project: str) -> tuple[str, ...]:
        """Return the names of the playground's named volumes, sorted."""

    def lasting_volumes(self, project: str) -> tuple[str, ...]:
        """Return those of them whose data lies elsewhere and outlives them, sorted."""

    def guests(
        self, project: str, networks: Collection[str], volumes: Collection[str]
    ) -> tuple[Guest, ...]:
        """Return the containers that are none of `project` and use its networks or volumes."""

    def logs(
        self, container: Container, *, tail: int | None = None, since: int | None = None
    ) -> list[LogLine]:
        """Return a container's output so far, oldest first; `since` is in epoch seconds."""

    def changes(self, project: str) -> AbstractContextManager[Changes]:
        """Listen for changes of the playground's containers."""

    def host(self) -> str:
        """Return the name under which the engine's published ports are reached from here."""


class Changes(Protocol):
    """A subscription to what happens on an engine."""

    def wait(self, seconds: float) -> None:
        """Return at the next change, or after `seconds` without one."""


class Surveyor(Protocol):
    """Looks at all playgrounds of an engine; raises Unreachable when it does not answer."""

    def survey(self) -> Survey:
        """Return all that belongs to playgrounds."""

    def measure(self) -> Measure:
        """Begin to measure what containers and volumes take, beside other calls."""

    def last_change(self, ids: Iterable[str]) -> float:
        """Return when one of these containers last started or ended, 0 when none did."""

    def host(self) -> str:
        """Return the name under which the engine's published ports are reached from here."""


class Measure(Protocol):
    """A measurement that is under way, for as long as it takes the engine."""

    def wait(self, seconds: float | None) -> Disk | None:
        """Return what was found out; None when it takes longer than `seconds` in all."""


class Registry(Protocol):
    """What this machine remembers of the engine's playgrounds."""

    def all(self) -> tuple[Playground, ...]:
        """Return every playground that envctl started from here, sorted by name."""


class Records(Registry, Protocol):
    """All that this machine keeps of the engine's playgrounds."""

    def remembered(self) -> Mapping[str, Collection[str]]:
        """Return the IDs of the containers that envctl created from here, by playground."""


class WritableRecords(Records, Protocol):
    """The same, and forgets."""

    def free_turn(self, name: str) -> AbstractContextManager[bool]:
        """Be the only command that changes the playground; yields False when another one is."""

    def keep(self, playground: Playground) -> None:
        """Remember a playground that the registry has lost."""

    def forget(self, name: str) -> None:
        """Remove what is known of a playground; whoever calls it holds its turn."""


class Folders(Protocol):
    """Looks at folders of this machine."""

    def real(self, folder: str) -> str:
        """Return the path without links in it, as far as it exists."""

    def is_gone(self, folder: str) -> bool:
        """Whether there certainly is no such folder; one that cannot be looked at is not gone."""


class LogFollower(Protocol):
    """Streams output as it comes."""

    def follow(
        self, project: str, services: Sequence[str], *, tail: int | None, since: int | None
    ) -> AbstractContextManager[Iterator[LogLine]]:
        """Yield lines of the services' containers, of later containers too, until closed."""


class ProjectReader(Protocol):
    """Reads a project as Compose understands it; wrong files raise ConfigurationError."""

    def project(self) -> Project:
        """Return what decisions need of the effective model."""

    def model(self) -> dict[str, Any]:
        """Return the effective model itself, as Compose prints it."""

    def name(self) -> str:
        """Return the playground's name, from the files or, where they are broken, the options."""


class Memory(Protocol):
    """What this machine knows of the containers it had created; losing it costs time only."""

    def recall(self) -> Mapping[str, str]:
        """Return service definitions by container ID; empty when nothing is known."""

    def edited(self) -> frozenset[str]:
        """Return the IDs of the containers that `watch` has changed files of."""


class WritableMemory(Memory, Protocol):
    """A memory that can be added to."""

    def remember(self, known: Mapping[str, str]) -> None:
        """Replace what is known; survives a crash at any moment, as the old or the new state.

        Containers that are not in `known` are no longer edited ones either.
        """

    def mark_edited(self, container: str) -> None:
        """Take note that files of a container were changed."""


class Launch(Protocol):
    """A start that is under way."""

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""

    def stop(self) -> None:
        """End it: ask first, then insist. Does nothing when it has ended."""

    def complaint(self) -> str:
        """Return what it said about its failure."""


class Remover(Protocol):
    """Takes a playground away, or what is wrong of it; what is gone already does no harm."""

    def disconnect(self, network: str, container: str) -> None:
        """Take somebody else's container off a network."""

    def rename(self, container: str, name: str) -> None:
        """Give a container another name."""

    def remove_containers(self, ids: Sequence[str], *, stop_first: Collection[str]) -> None:
        """Remove containers with their anonymous volumes.

        Those in `stop_first` are asked to stop, all at once, and have their grace period; the
        others are killed.
        """

    def remove_networks(self, names: Sequence[str]) -> None:
        """Remove networks."""

    def remove_volumes(self, names: Sequence[str]) -> None:
        """Remove volumes, and the data in them."""


class Stack(Protocol):
    """Changes the containers of a playground."""

    def launch(self, services: Sequence[str], *, forced: bool, ordered: bool) -> Launch:
        """Begin to create, replace or start containers of `services`.

        `ordered` follows `depends_on`, otherwise nothing but `services` is touched; `forced`
        replaces containers even where Compose sees no difference.
        """

    def resume(self, services: Sequence[str]) -> None:
        """Continue paused containers."""

    def remove(self) -> None:
        """Stop and remove the playground's containers in their order, then its networks."""


class Reporter(Protocol):
    """Is told how far a command has come; may have no listener."""

    def started(self, steps: Sequence[Step]) -> None:
        """Say that these steps begin."""

    def finished(self, steps: Sequence[Step]) -> None:
        """Say that these steps are done."""

    def output(self, line: str) -> None:
        """Pass on a line that a tool printed while it worked."""

    def states(self, states: Sequence[ServiceState]) -> None:
        """Say how far each service has come."""

    def copied(self, step: Step, done: int, total: int) -> None:
        """Say how many bytes a step has copied; `total` is 0 where that is not known."""

    def note(self, text: str) -> None:
        """Say something that the user should know."""


class Clock(Protocol):
    """Measures how long something took; knows no time of day."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""


class Machine(Protocol):
    """What `doctor` looks at."""

    def facts(self) -> Facts:
        """Return all that could be found out; what could not is left empty, with the reason."""


class Terminal(Protocol):
    """Runs a command of the user's in a container, on the user's own terminal."""

    def run(
        self,
        project: str,
        service: str,
        command: Sequence[str],
        *,
        index: int,
        user: str,
        tty: bool,
    ) -> int:
        """Run `command` in a running container and return its exit code."""

"""What `watch` needs from outside: folders as they change, and the files of containers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from envctl.errors import CommandFailed
from envctl.ports import Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from envctl.domain.observed import Container
    from envctl.domain.watch.orders import Put
    from envctl.domain.watch.rule import Hook
    from envctl.domain.watch.stamp import Change, Kind, Stamp


class Gone(CommandFailed):
    """There is no such container any more."""


class Blocked(CommandFailed):
    """Something of another kind is where a file or folder has to be."""


class Hint(NamedTuple):
    """Something was heard of `path`; `finished` is false while a file is being written."""

    path: str
    finished: bool = True


class Heard(NamedTuple):
    """What was heard; `all` says that something may have been missed, so that all counts."""

    hints: Sequence[Hint]
    all: bool = False


class WatchedTree(Protocol):
    """The folders of all rules. Events are hints; what counts is what a look finds."""

    def start(self, ring: Callable[[], None]) -> None:
        """Begin to watch, and take note of what there is.

        `ring` is called, from any thread, when something was heard.
        """

    def heard(self) -> Heard:
        """Return what was heard since the last call."""

    def look(self, paths: Iterable[str]) -> tuple[Change, ...]:
        """Return what is another at `paths` than at the last look; new folders with all in them."""

    def look_everywhere(self) -> tuple[Change, ...]:
        """Return the same for all that there is and was."""

    def known(self) -> Mapping[str, Stamp]:
        """Return what the last looks found, by path."""

    def blind(self) -> int:
        """Return how many folders the system does not watch for us; they are looked at often."""

    def why_blind(self) -> str:
        """Return why it does not, and what to do about that."""

    def look_blindly(self) -> tuple[Change, ...]:
        """Return what is another in the folders that the system does not watch."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Content:
    """What lies at `path` on disk now.

    `data` is the content of a file, None of one that is too large to be held; it has `size` bytes
    then. `link` is the target of a link. `key` is the same for what need not be sent again; empty
    where that is not known.
    """

    path: str
    kind: Kind
    mode: int
    owner: int
    group: int
    modified: int
    size: int = 0
    data: bytes | None = b""
    link: str = ""
    key: bytes = b""


class DiskReader(Protocol):
    """Reads what is to be sent."""

    def read(self, path: str) -> Content | None:
        """Return what lies at `path`; None for nothing. OSError where it cannot be read."""


class ContainerFiles(Protocol):
    """The files of containers, whether they run or not; no program of an image is needed.

    Every method raises Gone when there is no such container any more, Unreachable when the engine
    does not answer, CommandFailed when it refuses.
    """

    def put(self, container: str, files: Iterable[tuple[str, Content]]) -> None:
        """Write contents to their absolute targets, in one stream.

        Folders that are missing are made. What is of another kind is in the way: Blocked.
        """

    def remove(self, container: str, targets: Sequence[str], *, whole: bool) -> Collection[str]:
        """Remove files, links and empty folders at `targets`; `whole` folders with all in them.

        Returns those that could not be removed; a folder that is not to go as a whole and has
        something in it is none of them.
        """

    def kind(self, container: str, target: str) -> Kind | None:
        """Return what is at `target`; None for nothing."""

    def names(self, container: str, folder: str) -> tuple[str, ...]:
        """Return the paths below `folder`, relative to it."""

    def differing(self, container: str, puts: Sequence[Put]) -> Collection[str]:
        """Return those targets where a container has something else than the disk."""

    def run(self, container: str, hook: Hook) -> tuple[int, str]:
        """Run a command in a running container; returns exit code and what it printed."""

    def restart(self, container: str) -> str:
        """Stop a container, as long as that may take, and start it again; returns when it did."""


class ContainerFeed(Protocol):
    """Tells of a playground's containers, whenever one of them changes."""

    def start(self, tell: Callable[[News], None]) -> None:
        """Begin; `tell` is called from a thread of its own, at once with what there is."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True)
class News:
    """The containers of a playground.

    `away` is why the engine does not answer: nothing is known of containers, and until the next
    news some may be missed.
    """

    containers: tuple[Container, ...] = ()
    away: str = ""


class WatchClock(Clock, Protocol):
    """A steady clock, which stands still while the machine sleeps."""

    def slept(self) -> float:
        """Return how many seconds the machine has slept in all."""


class Marks(Protocol):
    """Remembers which containers are no longer what their images say."""

    def mark_edited(self, container: str) -> None:
        """Take note that files of a container were changed, for the next `up`."""


class Worker(Protocol):
    """Somebody who is handed messages, and works on those that have come together."""

    def post(self, message: Any) -> None:
        """Hand a message over; called from any thread."""

    def close(self, seconds: float = 0.0) -> None:
        """End, after what is under way if that takes no longer than `seconds`."""

    def is_idle(self) -> bool:
        """Whether nothing is left to do."""


Work = Callable[[Sequence[Any]], bool]
"""Takes the messages that have come; returns False to be called again after a pause."""
Hire = Callable[[Work], Worker]
"""Finds a worker for some work."""


class WatchReporter(Protocol):
    """Is told what `watch` does; called from several threads."""

    def synced(self, service: str, targets: Sequence[str], seconds: float) -> None:
        """Say what was brought or taken away, and how long after the first was saved."""

    def did(self, service: str, what: str, seconds: float) -> None:
        """Say that something else was done."""

    def trouble(self, subject: str, what: str) -> None:
        """Say what did not work; it is tried again when there is a reason to."""

    def note(self, text: str) -> None:
        """Say something that the user should know."""

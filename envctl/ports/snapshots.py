"""What snapshots need from outside: the content of volumes, and a place to keep copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.domain.image_version import Image
    from envctl.domain.restore import Due
    from envctl.domain.snapshot import Snapshot
    from envctl.domain.volume import Volume, VolumeUser
    from envctl.ports import Reporter


class VolumeReader(Protocol):
    """Looks at volumes, and at what uses them."""

    def existing(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of `names` that are volumes on the engine."""

    def users(self, name: str) -> tuple[VolumeUser, ...]:
        """Return the containers that mount the volume, anybody's, sorted by name."""

    def image(self, name: str) -> Image:
        """Return what the engine says of the image called `name`, or of the ID `name`."""


Content = Callable[[], AbstractContextManager[Iterator[bytes]]]
"""Begins to read what a volume holds at that moment, as a tar archive."""


class Volumes(VolumeReader, Protocol):
    """Copies the content of volumes, and keeps containers still meanwhile."""

    def pause(self, container: str) -> None:
        """Freeze a container; one that does not run needs it not."""

    def resume(self, container: str) -> None:
        """Continue a container; one that is not paused needs it not."""

    def opened(self, name: str, image: str, playground: str) -> AbstractContextManager[Content]:
        """Hand out the volume's content; any `image` on the engine will do."""

    def make(self, volume: Volume, playground: str) -> None:
        """Create an empty volume as Compose would for `playground`."""

    def fill(self, name: str, image: str, playground: str, chunks: Iterable[bytes]) -> None:
        """Unpack into an empty volume what `opened` gave of one."""

    def sweep(self, playground: str) -> None:
        """Remove what copies left that were killed."""


class DueRestores(Protocol):
    """What is known here of restores that have to come first."""

    def due(self) -> tuple[Due, ...]:
        """Return which volumes of the playground are due."""


class WritableDueRestores(DueRestores, Protocol):
    """The same, and writes them down."""

    def write(self, due: Sequence[Due]) -> None:
        """Replace what is due; Failed when it cannot be kept, for nothing may begin then."""


class SeedMark(Protocol):
    """What is known here of a seed that has to be run yet."""

    def owed(self) -> str:
        """Return the job that is owed to the playground; empty for none."""


class WritableSeedMark(SeedMark, Protocol):
    """The same, and writes it down."""

    def owe(self, job: str) -> None:
        """Replace what is owed; Failed when it cannot be kept, for nothing may begin then."""


class Jobs(Protocol):
    """Runs services once."""

    def run(self, service: str, reporter: Reporter) -> None:
        """Run a service to its end, all else being up; Failed when it does not end with 0."""


class SnapshotReader(Protocol):
    """Reads the snapshots of a project."""

    def all(self) -> tuple[Snapshot, ...]:
        """Return them, sorted by name."""

    def find(self, name: str) -> Snapshot:
        """Return the one called `name`; UsageError names those that there are."""

    def opened(self, name: str) -> AbstractContextManager[Archives]:
        """Hand out what a snapshot holds; nobody can remove it meanwhile."""


class Archives(Protocol):
    """The content of a snapshot, a tar archive for each volume."""

    def size(self, key: str) -> int:
        """Return the bytes of a volume's archive."""

    def verify(self, key: str) -> None:
        """Raise Failed when an archive is not what was saved."""

    def read(self, key: str) -> AbstractContextManager[Iterator[bytes]]:
        """Hand out an archive, piece by piece."""


class Draft(Protocol):
    """A snapshot that is being made."""

    def write(self, key: str, chunks: Iterable[bytes]) -> tuple[int, str]:
        """Keep the archive of a volume; returns its size and sha256."""

    def keep(self, snapshot: Snapshot) -> None:
        """Make it whole: it is there from now on, in place of a former one of that name."""


class Snapshots(SnapshotReader, Protocol):
    """Keeps snapshots."""

    def draft(self) -> AbstractContextManager[Draft]:
        """Begin a snapshot; nothing is left of one that is not kept."""

    def remove(self, name: str) -> None:
        """Remove the snapshot called `name`; Refused while it is being read."""

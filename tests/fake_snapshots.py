"""Fakes of the ports for snapshots; they run the same contract suites as the real adapters."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from envctl.domain.image_version import Image
from envctl.domain.restore import Due
from envctl.domain.snapshot import Snapshot
from envctl.domain.volume import Volume, VolumeUser
from envctl.errors import Failed, UsageError
from envctl.ports import Reporter
from envctl.ports.snapshots import Content


def archive(files: dict[str, bytes]) -> bytes:
    """Return a tar archive with these files."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    whole = data.getvalue().rstrip(
        b"\0"
    )  # Python pads further than the two empty blocks at the end
    return whole + b"\0" * (-len(whole) % 512 + 1024)


@dataclass
class FakeVolumes:
    """Volumes in memory, by their name on the engine."""

    contents: dict[str, bytes] = field(default_factory=dict)
    mounts: dict[str, list[VolumeUser]] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    broken: frozenset[str] = frozenset()

    def existing(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(self.contents) & set(names)

    def users(self, name: str) -> tuple[VolumeUser, ...]:
        return tuple(sorted(self.mounts.get(name, ()), key=lambda u: u.name))

    def image(self, name: str) -> Image:
        return self.images.get(name, Image(name))

    def pause(self, container: str) -> None:
        self.calls.append(f"pause {container}")
        self._turn(container, "running", "paused")

    def resume(self, container: str) -> None:
        self.calls.append(f"resume {container}")
        self._turn(container, "paused", "running")

    @contextmanager
    def opened(self, name: str, image: str, playground: str) -> Iterator[Content]:
        self.calls.append(f"open {name} with {image}")
        yield lambda: self._read(name)
        self.calls.append(f"close {name}")

    @contextmanager
    def _read(self, name: str) -> Iterator[Iterator[bytes]]:
        self.calls.append(f"read {name}")
        if name in self.broken:
            raise Failed("the engine is gone")
        yield iter([self.contents[name]])

    def make(self, volume: Volume, playground: str) -> None:
        self.calls.append(f"make {volume.name} for {playground}")
        self.contents[volume.name] = b""

    def fill(self, name: str, image: str, playground: str, chunks: Iterable[bytes]) -> None:
        self.calls.append(f"fill {name} with {image}")
        if name in self.broken:
            raise Failed("the engine is gone")
        self.contents[name] = b"".join(chunks)

    def sweep(self, playground: str) -> None:
        self.calls.append("sweep")

    def _turn(self, container: str, before: str, after: str) -> None:
        for users in self.mounts.values():
            for number, user in enumerate(users):
                if user.id == container and user.state == before:
                    users[number] = replace(user, state=after)


@dataclass
class FakeSnapshots:
    """Snapshots in memory."""

    kept: dict[str, Snapshot] = field(default_factory=dict)
    archives: dict[tuple[str, str], bytes] = field(default_factory=dict)
    count: int = 0

    def all(self) -> tuple[Snapshot, ...]:
        return tuple(self.kept[name] for name in sorted(self.kept))

    def find(self, name: str) -> Snapshot:
        if name in self.kept:
            return self.kept[name]
        there = ", ".join(sorted(self.kept)) or "none"
        raise UsageError(f"there is no snapshot {name!r}", hint=f"there are: {there}")

    @contextmanager
    def opened(self, name: str) -> Iterator[FakeArchives]:
        yield FakeArchives(self, self.find(name))

    @contextmanager
    def draft(self) -> Iterator[FakeDraft]:
        self.count += 1
        yield FakeDraft(self, f"data-{self.count}")

    def remove(self, name: str) -> None:
        self.find(name)
        del self.kept[name]


@dataclass
class FakeArchives:
    """The archives of a snapshot."""

    store: FakeSnapshots
    snapshot: Snapshot

    def size(self, key: str) -> int:
        return self.snapshot.holds([key])[0].size

    def verify(self, key: str) -> None:
        found = self.store.archives.get((self.snapshot.data, key), b"")
        if hashlib.sha256(found).hexdigest() != self.snapshot.holds([key])[0].sha256:
            raise Failed(f"snapshot {self.snapshot.name} is damaged")

    @contextmanager
    def read(self, key: str) -> Iterator[Iterator[bytes]]:
        yield iter([self.store.archives[self.snapshot.data, key]])


@dataclass
class FakeDueRestores:
    """Remembers what is due; `states` is all that was ever written."""

    states: list[tuple[Due, ...]] = field(default_factory=list)

    def due(self) -> tuple[Due, ...]:
        return self.states[-1] if self.states else ()

    def write(self, due: Sequence[Due]) -> None:
        self.states.append(tuple(due))


@dataclass
class FakeSeedMark:
    """Remembers which job is owed; `states` is all that was ever written."""

    states: list[str] = field(default_factory=list)

    def owed(self) -> str:
        return self.states[-1] if self.states else ""

    def owe(self, job: str) -> None:
        self.states.append(job)


@dataclass
class FakeJobs:
    """Runs jobs; those in `broken` fail."""

    broken: frozenset[str] = frozenset()
    ran: list[str] = field(default_factory=list)

    def run(self, service: str, reporter: Reporter) -> None:
        if service in self.broken:
            raise Failed(f"the job {service} did not work")
        self.ran.append(service)


@dataclass
class FakeDraft:
    """A snapshot that is being made."""

    store: FakeSnapshots
    data: str

    def write(self, key: str, chunks: Iterable[bytes]) -> tuple[int, str]:
        data = b"".join(chunks)
        self.store.archives[self.data, key] = data
        return len(data), hashlib.sha256(data).hexdigest()

    def keep(self, snapshot: Snapshot) -> None:
        for volume in snapshot.volumes:
            if not self.store.archives[self.data, volume.key].endswith(b"\0" * 1024):
                raise Failed(f"the copy of {volume.key} is not whole")
        self.store.kept[snapshot.name] = replace(snapshot, data=self.data)

"""Snapshots as files: a manifest each, and a folder with an archive for every volume.

    <project>/<name>.json          what it holds, and the name of its folder
    <project>/data/<random>/       <volume>.tar, and a lock that its writer and readers hold

The manifest is written last and as a whole, so a snapshot is there completely or not at all. A
folder that no manifest names and nobody holds is what a killed save left, and goes.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from envctl.adapters.lock_file import locked, seized, shared
from envctl.adapters.memory import data_folder, write_atomically
from envctl.domain.snapshot import Mounted, SavedVolume, Snapshot
from envctl.errors import Failed, Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LOCK = "lock"
_BLOCK = 512
_CHUNK = 1 << 20


class FileSnapshotReader:
    """Reads the snapshots of one project; an unreadable manifest counts as none."""

    def __init__(self, project: str) -> None:
        self.folder = data_folder() / "snapshots" / project

    def all(self) -> tuple[Snapshot, ...]:
        """Return them, sorted by name."""
        found = (_load(path) for path in sorted(self.folder.glob("*.json")))
        return tuple(snapshot for snapshot in found if snapshot)

    def find(self, name: str) -> Snapshot:
        """Return the one called `name`; UsageError names those that there are."""
        if snapshot := _load(self._manifest(name)):
            return snapshot
        there = ", ".join(s.name for s in self.all()) or "none"
        raise UsageError(f"there is no snapshot {name!r}", hint=f"there are: {there}")

    @contextmanager
    def opened(self, name: str) -> Iterator[FileArchives]:
        """Hand out what a snapshot holds; nobody can remove it meanwhile."""
        snapshot = self.find(name)
        folder = self._data(snapshot)
        with ExitStack() as held:
            try:
                held.enter_context(shared(folder / _LOCK))
            except FileNotFoundError as error:
                raise _damaged(name, "its folder is gone") from error
            yield FileArchives(snapshot, folder)

    def _manifest(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _data(self, snapshot: Snapshot) -> Path:
        return self.folder / "data" / snapshot.data


class FileArchives:
    """The archives of a snapshot."""

    def __init__(self, snapshot: Snapshot, folder: Path) -> None:
        self._snapshot, self._folder = snapshot, folder

    def size(self, key: str) -> int:
        """Return the bytes of a volume's archive."""
        (saved,) = self._snapshot.holds([key])
        return saved.size

    def verify(self, key: str) -> None:
        """Raise Failed when an archive is not what was saved."""
        (saved,) = self._snapshot.holds([key])
        path = _archive(self._folder, key)
        try:
            same = path.stat().st_size == saved.size and _sha256(path) == saved.sha256
        except OSError as error:
            raise _damaged(self._snapshot.name, f"{path}: {error.strerror}") from error
        if not same:
            raise _damaged(self._snapshot.name, f"{path} is not what was saved")

    @contextmanager
    def read(self, key: str) -> Iterator[Iterator[bytes]]:
        """Hand out an archive, piece by piece."""
        with _archive(self._folder, key).open("rb", buffering=0) as file:
            yield iter(lambda: file.read(_CHUNK), b"")


class FileSnapshots(FileSnapshotReader):
    """The same, and can be added to."""

    @contextmanager
    def draft(self) -> Iterator[FileDraft]:
        """Begin a snapshot; nothing is left of one that is not kept."""
        self._clean()
        folder = self.folder / "data" / os.urandom(8).hex()
        with _explained(folder):
            folder.mkdir(parents=True, mode=0o700)
            for made in (self.folder, self.folder.parent):
                made.chmod(0o700)
        try:
            with locked(folder / _LOCK):
                yield FileDraft(self.folder, folder)
        finally:
            self._clean()

    def remove(self, name: str) -> None:
        """Remove the snapshot called `name`; Refused while it is being read."""
        folder = self._data(self.find(name))
        with ExitStack() as held:
            if folder.is_dir() and not held.enter_context(seized(folder / _LOCK)):
                raise Refused(f"snapshot {name} is being read", hint="try again when that is done")
            self._manifest(name).unlink(missing_ok=True)
            _remove(folder)

    def _clean(self) -> None:
        for folder in (self.folder / "data").glob("*"):
            with suppress(OSError), seized(folder / _LOCK) as free:
                # asked when it is ours: its writer may have finished a moment ago
                if free and folder.name not in {snapshot.data for snapshot in self.all()}:
                    _remove(folder)


class FileDraft:
    """A folder that becomes a snapshot."""

    def __init__(self, project: Path, folder: Path) -> None:
        self._project, self._folder = project, folder

    def write(self, key: str, chunks: Iterable[bytes]) -> tuple[int, str]:
        """Keep the archive of a volume; returns its size and sha256."""
        path = _archive(self._folder, key)
        digest = hashlib.sha256()
        with _explained(path), _created(path) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        return path.stat().st_size, digest.hexdigest()

    def keep(self, snapshot: Snapshot) -> None:
        """Make it whole: it is there from now on, in place of a former one of that name."""
        for volume in snapshot.volumes:
            path = _archive(self._folder, volume.key)
            _check_whole(path, volume.key)
            with _explained(path), path.open("rb") as file:
                os.fsync(file.fileno())
        data = asdict(snapshot) | {"data": self._folder.name}
        path = self._project / f"{snapshot.name}.json"
        with _explained(path):
            write_atomically(path, json.dumps(data, indent=1))


def _remove(folder: Path) -> None:
    """Remove a folder of ours: it has no folders within."""
    with suppress(OSError):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def _archive(folder: Path, key: str) -> Path:
    return folder / f"{key}.tar"


def _sha256(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(name: str, what: str) -> Failed:
    hint = f"envctl snapshot rm {name} removes it; nothing was changed"
    return Failed(f"snapshot {name} is damaged: {what}", hint=hint)


def _created(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "snapshots lie in $XDG_DATA_HOME/envctl, by itself in ~/.local/share/envctl"
        raise Failed(f"cannot write {path}: {error.strerror}", hint=hint) from error


def _check_whole(path: Path, key: str) -> None:
    """Raise Failed when the engine left files out: it ends an archive early without a word."""
    import tarfile

    try:
        with path.open("rb") as file:
            file.seek(-2 * _BLOCK, os.SEEK_END)
            ended = not file.read().strip(b"\0")
        with tarfile.open(path, "r:") as archive:
            while archive.next():
                archive.members = []  # type: ignore[attr-defined]  # it would keep every one
    except (OSError, tarfile.TarError) as error:
        raise _torn(key) from error
    if not ended:
        raise _torn(key)


def _torn(key: str) -> Failed:
    hint = "stop what writes to it from outside this playground, then save again"
    return Failed(f"the copy of {key} is not whole: its files changed while it was made", hint=hint)


def _load(path: Path) -> Snapshot | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        volumes = tuple(_volume(row) for row in data["volumes"])
        return Snapshot(
            path.stem, int(data["created"]), str(data["playground"]), volumes, str(data["data"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _volume(row: dict[str, Any]) -> SavedVolume:
    mounted = tuple(Mounted(**entry) for entry in row["mounted"])
    return SavedVolume(str(row["key"]), int(row["size"]), str(row["sha256"]), mounted)

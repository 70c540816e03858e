"""The folders of all rules: watched one by one, known by what the last look found."""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import TYPE_CHECKING, Protocol

from envctl.domain.watch.stamp import Change, Kind, Stamp
from envctl.ports.watch import Heard, Hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envctl.adapters.watch.inotify import FolderEvent
    from envctl.domain.watch.interest import Interest

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
"""Only these say that nothing is there; what is closed to us, or broken, says nothing."""
_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.LINK}


class FolderWatcher(Protocol):
    """Tells of events in single folders."""

    def watch(self, folder: str) -> bool:
        """Watch a folder; False where the system does not do it, OSError for no folder."""

    def watches(self, folder: str) -> bool:
        """Whether `folder` is watched."""

    def forget(self, folder: str) -> None:
        """Watch a folder no more."""

    def heard(self) -> tuple[list[FolderEvent], bool]:
        """Return the events since the last call, and whether some were lost."""

    def most(self) -> int | None:
        """Return how many folders the system watches for a user; None where it does not say."""

    def close(self) -> None:
        """End it."""


class FolderTree:
    """Keeps watches and knowledge in step.

    A folder is watched before it is read, so that nothing falls between. What is gone goes
    with all that was in it, also where a link then leads to such a place. What is closed to us
    stays as it was known until it is open again.
    """

    def __init__(
        self, interest: Interest, watcher: Callable[[Callable[[], None]], FolderWatcher]
    ) -> None:
        self._interest, self._make = interest, watcher
        self._watcher: FolderWatcher | None = None
        self._known: dict[str, Stamp] = {}
        self._folders: dict[str, set[str]] = {}
        self._blind: set[str] = set()
        self._starts: tuple[str, ...] = ()

    @property
    def _events(self) -> FolderWatcher:
        assert self._watcher is not None  # noqa: S101 - `start` comes first
        return self._watcher

    def start(self, ring: Callable[[], None]) -> None:
        """Begin to watch, and take note of what there is."""
        self._watcher, self._starts = self._make(ring), self._interest.starts
        self.look(self._starts)

    def heard(self) -> Heard:
        """Return what was heard since the last call."""
        events, lost = self._events.heard()
        hints: dict[str, bool] = {}
        for event in events:
            path = _join(event.folder, event.name)
            if not event.name or self._interest.notices(
                event.folder, event.name, is_folder=event.is_folder
            ):
                hints[path] = event.finished or _is_link(path)
        return Heard([Hint(*item) for item in hints.items()], lost)

    def look(self, paths: Iterable[str]) -> tuple[Change, ...]:
        """Return what is another at `paths`; new folders with all that is in them."""
        return self._looked(_Look(sorted(set(paths), reverse=True)))

    def look_everywhere(self) -> tuple[Change, ...]:
        """Return what is another anywhere: every folder is read again, and watched for sure."""
        return self._looked(_Look([*self._folders, *self._starts], afresh=True))

    def known(self) -> Mapping[str, Stamp]:
        """Return what the last looks found, by path."""
        return self._known

    def folders(self) -> int:
        """Return how many folders there are to watch."""
        return len(self._folders)

    def blind(self) -> int:
        """Return how many folders the system does not watch for us, or are not there to be."""
        return len(self._blind) + len(self._missing())

    def why_blind(self) -> str:
        """Return why it does not, and what to do about that."""
        count, most = len(self._folders), self._events.most()
        said = f"the system does not watch {len(self._blind)} of {count} folders"
        said += ", they are looked at twice a second instead"
        if most is None or most > 2 * count:
            return said  # not for their number: closed to us, or on a system without
        return f"{said}; it watches {most}: sudo sysctl fs.inotify.max_user_watches={2 * count}"

    def look_blindly(self) -> tuple[Change, ...]:
        """Return what is another in the folders that the system does not watch; it may by now."""
        look = _Look(self._missing())
        for folder in sorted(self._blind):
            if folder in self._folders:  # else one above it was left
                self._enter(folder, look)
        return self._looked(look)

    def close(self) -> None:
        """End it."""
        if self._watcher:
            self._watcher.close()

    def _missing(self) -> list[str]:
        """Nobody tells when these come."""
        return [folder for folder in self._starts if folder not in self._folders]

    def _looked(self, look: _Look) -> tuple[Change, ...]:
        """Go through all that there is to visit; deep trees are no deep calls."""
        while look.visits or look.entries:
            if look.entries:
                self._enter(look.entries.pop(), look)
            else:
                self._look_at(look.visits.pop(), look)
        return tuple(look.changes.values())

    def _look_at(self, path: str, look: _Look) -> None:
        """Visit `path` as it is now; nothing is in what is no folder of ours, or not any more."""
        folder = path.rpartition("/")[0] or "/"
        try:
            inside = folder in self._folders or path in self._starts
            self._visit(path, _found_at(path) if inside else None, look)
        except OSError:
            if folder in self._folders:
                self._blind.add(folder)

    def _visit(self, path: str, now: Stamp | None, look: _Look) -> bool:
        """Compare `path` with what is known; folders are entered later.

        Returns whether something is there that matters.
        """
        enters = now is not None and now.kind is Kind.FOLDER and self._interest.enters(path)
        if path in self._folders and not enters:
            self._leave(path, look)
        concerns = self._interest.concerns(path)
        self._compare(path, now if concerns else None, look)
        matters = enters or (concerns and now is not None)
        folder, _, name = path.rpartition("/")
        if (inside := self._folders.get(folder or "/")) is not None:
            (inside.add if matters else inside.discard)(name)
        if enters and (look.afresh or not (path in self._blind or self._events.watches(path))):
            if concerns and not look.afresh and path in self._folders:
                look.changed(Change(path, self._known.get(path), now))  # another one, at once
            look.enter(path)
        return matters

    def _compare(self, path: str, now: Stamp | None, look: _Look) -> None:
        before = self._known.get(path)
        if now is None:
            self._known.pop(path, None)
        else:
            self._known[path] = now
        if (before or now) and not (before and now and now.same_as(before)):
            look.changed(Change(path, before, now))

    def _enter(self, folder: str, look: _Look) -> None:
        """Watch a folder, then read it; one that is gone again by then is told of by its parent."""
        try:
            seen = self._events.watch(folder)
        except OSError:
            self._leave(folder, look)
            return
        self._folders.setdefault(folder, set())
        (self._blind.discard if seen else self._blind.add)(folder)
        self._read(folder, look)

    def _read(self, folder: str, look: _Look) -> None:
        """Compare what is in a folder; what is not there any more is to be visited."""
        former, names = self._folders.get(folder, set()), set()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self._visit(_join(folder, entry.name), _stamp_of(entry), look):
                        names.add(entry.name)
        except OSError as error:
            if error.errno not in _GONE:
                self._blind.add(folder)
                return
            names = set()  # its parent tells
        look.visits += [_join(folder, name) for name in sorted(former - names)]

    def _leave(self, folder: str, look: _Look) -> None:
        """Forget a folder; what was in it is to be visited."""
        self._events.forget(folder)
        self._blind.discard(folder)
        look.visits += [_join(folder, name) for name in sorted(self._folders.pop(folder, ()))]


class _Look:
    """A look that is under way: what it has found, and what it has yet to see."""

    def __init__(self, visits: Sequence[str], *, afresh: bool = False) -> None:
        self.visits, self.afresh = list(visits), afresh
        self.entries: list[str] = []
        self.changes: dict[str, Change] = {}
        self._entered: set[str] = set()

    def enter(self, folder: str) -> None:
        if folder not in self._entered:
            self._entered.add(folder)
            self.entries.append(folder)

    def changed(self, change: Change) -> None:
        """Two looks at a path are one change."""
        first = self.changes.get(change.path)
        self.changes[change.path] = (
            Change(change.path, first.before, change.after) if first else change
        )


def _join(folder: str, name: str) -> str:
    if not name:
        return folder
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def _found_at(path: str) -> Stamp | None:
    """Return what is at `path`, None for nothing; OSError where that cannot be said."""
    try:
        return _stamp(os.lstat(path))
    except ValueError:
        return None
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise


def _stamp_of(entry: os.DirEntry[str]) -> Stamp | None:
    """Return the same for an entry of a folder."""
    try:
        return _stamp(entry.stat(follow_symlinks=False))
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise


def _stamp(found: os.stat_result) -> Stamp | None:
    kind = _KINDS.get(stat.S_IFMT(found.st_mode))
    if kind is None:
        return None
    mode = stat.S_IMODE(found.st_mode)
    if kind is Kind.FOLDER:
        return Stamp(kind, mode, inode=found.st_ino)
    times = (found.st_mtime_ns, found.st_ctime_ns)
    return Stamp(kind, mode, found.st_size, *times, found.st_ino, time.time_ns())


def _is_link(path: str) -> bool:
    return os.path.islink(path)  # noqa: PTH114 - hot

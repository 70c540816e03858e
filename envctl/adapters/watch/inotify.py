"""Folders as the Linux kernel tells of them, through watchdog's inotify thread.

watchdog's observers are not used: they cannot leave folders out, their own walk opens every folder,
which with the events they ask for fills the queue again (no end from about 5,000 folders on), they
hold all events for half a second after a file has left the tree, and say nothing when the queue
overflowed. Its reader of the kernel's events has none of that: one watch a folder, asked for here,
and a callback for each event.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import warnings
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.observers.inotify_c import InotifyEvent

_WRITTEN = InotifyConstants.IN_MODIFY
_MASK = Mask(
    _WRITTEN
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_EXCL_UNLINK
)
_UNFINISHED = _WRITTEN | InotifyConstants.IN_CREATE
_ID = CallbackId(0)
_NOTHING = WatchDescriptor(-1)
_OVER = "the queue overflowed"


class FolderEvent(NamedTuple):
    """Something happened to the entry `name` of a watched folder; to itself, where it is empty."""

    folder: str
    name: str
    is_folder: bool = False
    finished: bool = True


class InotifyFolders:
    """Watches single folders. All methods but the callbacks belong to one thread."""

    def __init__(self, ring: Callable[[], None]) -> None:
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        logging.getLogger("watchdog").propagate = False  # what it would say is told by `heard`
        # to ask again for a folder is how to be sure that it is watched
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        self._ring = ring
        self._folders: dict[int, str] = {}
        self._descriptors: dict[str, WatchDescriptor] = {}
        self._raw: deque[InotifyEvent | int | str] = deque()
        self._reader: InotifyFD | None = None
        self._closing = threading.Event()

    def watch(self, folder: str) -> bool:
        """Watch a folder, also one that is watched already; False where the system does not do it.

        FileNotFoundError where there is no folder.
        """
        try:
            if self._reader is None:
                self._reader = InotifyFD()
                self._reader.start()
            if not os.access(folder, os.R_OK, follow_symlinks=False):
                os.lstat(folder)
                return False
            descriptor = self._reader.add_callback(os.fsencode(folder), _MASK, self, _ID)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EMFILE, errno.EACCES, errno.ENOMEM):
                return False
            raise FileNotFoundError(error.errno, "no folder", folder) from error
        if descriptor == _NOTHING:
            return False
        if (other := self._folders.get(descriptor, folder)) != folder:
            self._descriptors.pop(other, None)  # it has moved here
        if (former := self._descriptors.get(folder, descriptor)) != descriptor:
            self._drop(former)  # another folder was here
        self._folders[descriptor], self._descriptors[folder] = folder, descriptor
        return True

    def watches(self, folder: str) -> bool:
        """Whether `folder` is watched, as far as was heard."""
        return folder in self._descriptors

    def forget(self, folder: str) -> None:
        """Watch a folder no more; one that is not watched does no harm."""
        if (descriptor := self._descriptors.pop(folder, None)) is not None:
            self._drop(descriptor)

    def heard(self) -> tuple[list[FolderEvent], bool]:
        """Return the events since the last call, and whether some were lost."""
        events: dict[FolderEvent, None] = {}
        lost = False
        while self._raw:
            raw = self._raw.popleft()
            if isinstance(raw, str):
                lost = True
            elif isinstance(raw, int):
                self._gone(raw, events)
            elif (folder := self._folders.get(raw.wd)) is not None:
                self._take(folder, raw, events)
        return list(events), lost

    def most(self) -> int | None:
        """Return how many folders the system watches for a user; None where it does not say."""
        try:
            with open("/proc/sys/fs/inotify/max_user_watches", encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """End it, with its thread."""
        self._closing.set()
        if self._reader:
            self._reader.stop()
            self._reader.join()
            self._reader = None

    def on_event(self, event: InotifyEvent) -> None:
        """Take an event; called by watchdog's thread."""
        self._raw.append(event)
        self._ring()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Take note that the kernel has dropped a watch: its folder is gone."""
        if not self._closing.is_set():
            self._raw.append(wd)
            self._ring()

    def on_queue_overflow(self) -> None:
        """Take note that events were lost."""
        self._raw.append(_OVER)
        self._ring()

    def _drop(self, descriptor: WatchDescriptor) -> None:
        if self._folders.pop(descriptor, None) is not None and self._reader:
            self._reader.remove_callbacks([(descriptor, _ID)])

    def _gone(self, descriptor: int, events: dict[FolderEvent, None]) -> None:
        folder = self._folders.pop(descriptor, None)
        if folder is not None and self._descriptors.get(folder) == descriptor:
            del self._descriptors[folder]
            events[FolderEvent(folder, "", is_folder=True)] = None

    def _take(self, folder: str, raw: InotifyEvent, events: dict[FolderEvent, None]) -> None:
        name, is_folder = os.fsdecode(raw.name), bool(raw.mask & InotifyConstants.IN_ISDIR)
        if raw.mask & InotifyConstants.IN_MOVE_SELF:
            self._forget_below(folder)
        elif is_folder and raw.mask & InotifyConstants.IN_MOVED_FROM:
            self._forget_below(f"{folder.rstrip('/')}/{name}")
        elif is_folder and raw.mask & InotifyConstants.IN_DELETE:
            # as long as somebody stands in it, the kernel does not say that its watch is gone
            self.forget(f"{folder.rstrip('/')}/{name}")
        finished = is_folder or not raw.mask & _UNFINISHED
        if finished:
            events.pop(FolderEvent(folder, name, is_folder, finished=False), None)
        else:
            events.pop(FolderEvent(folder, name, is_folder), None)
        events[FolderEvent(folder, name, is_folder, finished)] = None

    def _forget_below(self, moved: str) -> None:
        """The kernel goes on to watch what has moved, and would tell of it under its old name."""
        below = f"{moved}/"
        for folder in [f for f in self._descriptors if f == moved or f.startswith(below)]:
            self.forget(folder)

"""Folders as other systems tell of them, through watchdog's observers: trees at once.

There a whole tree costs one watch, so ignored folders in it cost nothing; what is heard of them is
left out later.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from watchdog.events import (
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from envctl.adapters.watch.inotify import FolderEvent
from envctl.domain.commit import is_below

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import ObservedWatch

# not those of opening and closing: on some systems a look at the tree would cause more of them
_WANTED: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileModifiedEvent, FileClosedEvent, FileDeletedEvent, FileMovedEvent,
    DirCreatedEvent, DirModifiedEvent, DirDeletedEvent, DirMovedEvent,
    FileAttribEvent, DirAttribEvent,
]  # fmt: skip

_OTHER = ("created", "deleted", "moved")
"""What makes a folder another one."""


class ObservedFolders(FileSystemEventHandler):
    """Watches trees; a folder in one that is watched already is watched."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._trees: dict[str, ObservedWatch] = {}
        self._folders: set[str] = set()
        self._raw: deque[FileSystemEvent] = deque()
        self._observer = Observer()
        self._observer.start()

    def watch(self, folder: str) -> bool:
        """Watch a folder; False where the system does not do it, OSError for no folder."""
        try:
            os.scandir(folder).close()
        except PermissionError:
            return False
        if not any(is_below(folder, tree) for tree in self._trees):
            try:
                self._trees[folder] = self._observer.schedule(
                    self, folder, recursive=True, event_filter=_WANTED
                )
            except OSError:
                return False
        self._folders.add(folder)
        return True

    def watches(self, folder: str) -> bool:
        """Whether `folder` is watched."""
        return folder in self._folders

    def forget(self, folder: str) -> None:
        """Take note that a folder is gone; a tree that it is in is watched on."""
        self._folders.discard(folder)
        if (tree := self._trees.pop(folder, None)) is not None:
            self._observer.unschedule(tree)

    def heard(self) -> tuple[list[FolderEvent], bool]:
        """Return the events since the last call."""
        events: dict[FolderEvent, None] = {}
        while self._raw:
            event = self._raw.popleft()
            for path in filter(None, (event.src_path, event.dest_path)):
                folder, _, name = _text(path).rpartition("/")
                if event.is_directory and event.event_type in _OTHER:
                    self._folders.discard(f"{folder}/{name}")  # it may be another now
                events[FolderEvent(folder, name, event.is_directory)] = None
        return list(events), False

    def most(self) -> int | None:
        """Return None: there is no such number."""
        return None

    def close(self) -> None:
        """End it, with its threads."""
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Take an event; called by watchdog's thread."""
        self._raw.append(event)
        self._ring()


def _text(path: object) -> str:
    return os.fsdecode(path) if isinstance(path, bytes) else str(path)

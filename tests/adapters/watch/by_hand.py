"""The kernel's events by hand: nothing is heard before it is delivered, so any moment can be."""

from __future__ import annotations

import array
import fcntl
import termios
from collections.abc import Callable
from pathlib import Path

from watchdog.observers.inotify_c import DEFAULT_EVENT_BUFFER_SIZE, InotifyFD

from envctl.adapters.watch.inotify import InotifyFolders

ONE = 16 + 256
"""Bytes in which the longest event has room; of short ones there are several in it."""


class StillReader(InotifyFD):
    """watchdog's reader without its thread."""

    def start(self) -> None:
        self._is_reading = False

    def stop(self) -> None:
        self.close()

    def join(self, timeout: float | None = None) -> None:
        pass

    def queued(self) -> int:
        """Return how many bytes of events the kernel has."""
        size = array.array("i", [0])
        fcntl.ioctl(self._inotify_fd, termios.FIONREAD, size)
        return size[0]

    def deliver(self, size: int = DEFAULT_EVENT_BUFFER_SIZE) -> None:
        """Have some events heard: as many as have room in `size` bytes."""
        if self.queued():
            for event in self.read_events(event_buffer_size=size):
                self.handle_event(event)


class ByHand(InotifyFolders):
    """InotifyFolders with a reader that stands still."""

    def __init__(self, ring: Callable[[], None] = lambda: None) -> None:
        super().__init__(ring)
        self.reader = StillReader()
        self.reader.start()
        self._reader = self.reader

    def deliver_all(self) -> None:
        while self.reader.queued():
            self.reader.deliver()


def watched_inodes(watcher: InotifyFolders) -> list[int]:
    """Return the inodes that the kernel watches, by what it says itself."""
    assert watcher._reader
    said = Path(f"/proc/self/fdinfo/{watcher._reader._inotify_fd}").read_text()
    lines = (line.split() for line in said.splitlines() if line.startswith("inotify "))
    return sorted(int(words[2].removeprefix("ino:"), 16) for words in lines)

"""A folder as the engine sees it when it is a build context.

To the system a path is bytes; here it is what UTF-8 makes of them, whatever the locale says.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from envctl.domain.inputs import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envctl.adapters.stat_cache import StatCache
    from envctl.domain.ignore import IgnoreMatcher

_GONE = (FileNotFoundError, NotADirectoryError)
"""What is gone, or no folder any more, by the time it is looked at was never there."""
_OTHER_KINDS = {
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


def read_tree(folder: Path, matcher: IgnoreMatcher, cache: StatCache) -> list[Entry]:
    """Return what the engine sees of `folder`, in any order; OSError where it cannot be read."""
    walk = _Walk(os.fsencode(folder), matcher, cache)
    walk.go()
    read = [_file(path, mode, content) for path, mode, content in cache.contents()]
    return walk.entries + read


class _Walk:
    """Goes through a folder; regular files are handed to the cache, which knows or reads them."""

    def __init__(self, root: bytes, matcher: IgnoreMatcher, cache: StatCache) -> None:
        self._root, self._matcher, self._cache = root, matcher, cache
        self._todo: list[tuple[str, Sequence[bool]]] = []
        self._ignored: set[str] = set()
        self.entries: list[Entry] = []

    def go(self) -> None:
        """Take all that there is, however deep."""
        with os.scandir(self._root) as found:
            self._take(list(found), "", ())
        while self._todo:
            path, matched = self._todo.pop()
            with suppress(*_GONE):
                with os.scandir(b"%b/%b" % (self._root, _bytes(path))) as found:
                    inside = list(found)
                self._take(inside, f"{path}/", matched)

    def _take(self, items: list[os.DirEntry[bytes]], below: str, above: Sequence[bool]) -> None:
        decide = self._matcher.decide if self._matcher.rules else None
        for item in items:
            path = below + item.name.decode("utf-8", "surrogateescape")
            ignored, matched = decide(path, above) if decide else (False, ())
            try:  # which costs nothing here, unlike a context manager
                if item.is_dir(follow_symlinks=False):
                    self._folder(path, matched, ignored=ignored)
                elif not ignored:
                    self._leaf(item, path)
            except _GONE:
                continue

    def _folder(self, path: str, matched: Sequence[bool], *, ignored: bool) -> None:
        """Take a folder; an ignored one counts when something in it does."""
        if not ignored:
            self._add(Entry(path, "dir"))
        elif self._matcher.closes(path):
            return
        else:
            self._ignored.add(path)
        self._todo.append((path, matched))

    def _leaf(self, item: os.DirEntry[bytes], path: str) -> None:
        found = item.stat(follow_symlinks=False)
        mode = found.st_mode
        if stat.S_ISREG(mode):
            if content := self._cache.ask(path, found):
                self.entries.append(_file(path, mode, content))
            if self._ignored:
                self._keep_above(path)
        elif stat.S_ISLNK(mode):
            target = os.readlink(item.path).decode("utf-8", "surrogateescape")
            self._add(Entry(path, "link", target))
        else:
            kind = _OTHER_KINDS.get(stat.S_IFMT(mode), "")
            self._add(Entry(path, kind, str(found.st_rdev) if kind == "device" else ""))

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        if self._ignored:
            self._keep_above(entry.path)

    def _keep_above(self, path: str) -> None:
        """Count the ignored folders that `path` is in."""
        while (path := path.rpartition("/")[0]) in self._ignored:
            self._ignored.discard(path)
            self.entries.append(Entry(path, "dir"))


def _file(path: str, mode: int, content: str) -> Entry:
    return Entry(path, "exec" if mode & 0o111 else "file", content)


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")

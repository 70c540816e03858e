"""A folder as the engine sees it when it is a build context."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from envctl.domain.ignore import IgnoreMatcher, parse_ignore
from envctl.domain.inputs import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envctl.adapters.stat_cache import StatCache


def ignore_rules(context: Path, dockerfile: Path | None) -> IgnoreMatcher:
    """Return what is ignored: the file named after the Dockerfile goes before the context's own."""
    own = [dockerfile.with_name(dockerfile.name + ".dockerignore")] if dockerfile else []
    for path in (*own, context / ".dockerignore"):
        try:
            text = path.read_bytes().decode("utf-8", "surrogateescape")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        return IgnoreMatcher(parse_ignore(text, str(path)))
    return IgnoreMatcher(())


def read_tree(folder: Path, matcher: IgnoreMatcher, cache: StatCache) -> list[Entry]:
    """Return what the engine sees of `folder`, in any order; OSError where it cannot be read."""
    walk = _Walk(str(folder), matcher, cache)
    with os.scandir(folder) as found:
        walk.take(list(found), "", ())
    entries = walk.entries
    entries += [
        Entry(path, "exec" if mode & 0o111 else "file", content)
        for path, mode, content in cache.contents()
    ]
    return entries


class _Walk:
    """Goes through a folder; regular files are handed to the cache, which knows or reads them."""

    def __init__(self, root: str, matcher: IgnoreMatcher, cache: StatCache) -> None:
        self._root, self._matcher, self._cache = root, matcher, cache
        self._files = 0
        self.entries: list[Entry] = []

    def take(self, items: list[os.DirEntry[str]], below: str, above: Sequence[bool]) -> None:
        """Take what a folder holds; an ignored folder counts when it keeps something."""
        decide = self._matcher.decide if self._matcher.rules else None
        for item in items:
            path = below + item.name
            ignored, matched = decide(path, above) if decide else (False, ())
            # what is gone again by now was never there
            with suppress(FileNotFoundError, NotADirectoryError):
                if item.is_dir(follow_symlinks=False):
                    self._folder(path, ignored=ignored, matched=matched)
                elif not ignored:
                    self._leaf(item, path)

    def _folder(self, path: str, *, ignored: bool, matched: Sequence[bool]) -> None:
        if ignored and self._matcher.closes(path):
            return
        before = len(self.entries) + self._files
        with os.scandir(f"{self._root}/{path}") as found:
            inside = list(found)
        self.take(inside, f"{path}/", matched)
        if not ignored or len(self.entries) + self._files > before:
            self.entries.append(Entry(path, "dir"))

    def _leaf(self, item: os.DirEntry[str], path: str) -> None:
        found = item.stat(follow_symlinks=False)
        if stat.S_ISREG(found.st_mode):
            self._files += 1
            self._cache.ask(path, found)
        elif stat.S_ISLNK(found.st_mode):
            self.entries.append(Entry(path, "link", os.readlink(item.path)))

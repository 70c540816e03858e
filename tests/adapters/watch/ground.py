"""Folders on the real disk with a tree that watches them, and what holds of the two."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from envctl.adapters.watch.inotify import FolderEvent
from envctl.adapters.watch.observer import ObservedFolders
from envctl.adapters.watch.tree import FolderTree, FolderWatcher, _found_at
from envctl.domain.watch.interest import Interest, Scope
from envctl.domain.watch.rule import WatchAction, WatchRule
from envctl.domain.watch.stamp import Change, Kind, Stamp
from envctl.ports.watch import Hint

PATIENCE = 60.0
"""Seconds in which a ring has to come; far more than it ever takes."""
IGNORE = ("node_modules", "**/cache", "*.log", "half/*", "!half/kept")

Watchers = Callable[[Callable[[], None]], FolderWatcher]


class Unwatched:
    """Watches nothing, like a system on which every limit is reached; mirrors FolderWatcher."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self.ring = ring

    def watch(self, folder: str) -> bool:
        os.scandir(folder).close()
        return False

    def watches(self, folder: str) -> bool:
        return False

    def forget(self, folder: str) -> None:
        pass

    def heard(self) -> tuple[list[FolderEvent], bool]:
        return [], False

    def most(self) -> int | None:
        return None

    def close(self) -> None:
        pass


def scope(path: Path, ignore: tuple[str, ...] = (), include: tuple[str, ...] = ()) -> Scope:
    rule = WatchRule("api", WatchAction.SYNC, str(path), "/srv", ignore, include, place="rule")
    return Scope(rule)


class Ground:
    """`base` is the project's folder, `root` the folder of a rule, which ignores IGNORE.

    `fence` is a file with a rule of its own: when it is heard of, so is all that was done before.
    It lies aside, but for watchers that keep no order between trees.
    """

    def __init__(self, place: Path, watchers: Watchers, scopes: Iterable[Scope] = ()) -> None:
        self.base, self.root = place / "shop", place / "shop/root"
        self.fence = self.base / "fence" if watchers is ObservedFolders else place / "aside/fence"
        self.base.mkdir(exist_ok=True)
        put(self.fence)
        scopes = tuple(scopes) or (scope(self.root, IGNORE),)
        self.interest = Interest([*scopes, scope(self.fence)])
        self.interest.lead_from(str(self.base))
        self.bell = threading.Event()
        self.tree = FolderTree(self.interest, watchers)
        self.heard: list[Hint] = []
        """What was heard since the last `settle` began, the fence left out."""
        self._replayed: dict[str, Stamp] = {}

    def __enter__(self) -> Ground:
        self.tree.start(self.bell.set)
        self._replayed = plain(self.tree.known())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.tree.close()

    def settle(self) -> dict[str, Change]:
        """Wait until all that was done is heard, look, and check what holds; returns changes."""
        found: dict[str, Change] = {}
        self.heard = []
        while self._round(found):
            pass
        self.check()
        return {os.path.relpath(path, self.base): change for path, change in found.items()}

    def note(self, changes: Iterable[Change], found: dict[str, Change] | None = None) -> None:
        """Replay changes: each begins where the one before has ended."""
        for change in changes:
            before = self._replayed.get(change.path)
            assert before == (change.before and _plain(change.before)), change
            if change.after:
                self._replayed[change.path] = _plain(change.after)
            else:
                self._replayed.pop(change.path, None)
            if found is not None and change.path != str(self.fence):
                first = found.get(change.path, change)
                found[change.path] = Change(change.path, first.before, change.after)

    def check(self) -> None:
        """What is known is what is there, and what was reported leads to it."""
        known = plain(self.tree.known())
        assert known == self.walk()
        assert known == self._replayed

    def walk(self) -> dict[str, Stamp]:
        """Return what there is and concerns a rule, found in the plainest way: all is read."""
        found: dict[str, Stamp] = {}
        inside = f"{self.base}/"
        todo = [str(self.base), *(r for r in self.interest.roots if not r.startswith(inside))]
        while todo:
            path = todo.pop()
            if not (stamp := _found_at(path)):
                continue
            if self.interest.concerns(path):
                found[path] = _plain(stamp)
            if stamp.kind is Kind.FOLDER:
                todo += _inside(path)
        return found

    def kept(self) -> set[str]:
        """Return the folders that have to be watched: those that a rule enters, and the ways."""
        found: set[str] = set()
        todo = [*self.interest.starts]
        while todo:
            path = todo.pop()
            stamp = _found_at(path)
            if stamp and stamp.kind is Kind.FOLDER and self.interest.enters(path):
                found.add(path)
                todo += _inside(path)
        return found

    def _round(self, found: dict[str, Change]) -> bool:
        """Hear all that was done so far; returns whether there was something beside the fence."""
        if isinstance(self.tree._watcher, Unwatched):
            self.note(self.tree.look_blindly(), found)
            return False
        os.utime(self.fence)
        more, fenced = False, False
        while not fenced:
            assert self.bell.wait(PATIENCE), "nothing was heard"
            self.bell.clear()
            heard = self.tree.heard()
            if heard.all:
                self.note(self.tree.look_everywhere(), found)
            self.note(self.tree.look(hint.path for hint in heard.hints), found)
            fenced = heard.all or str(self.fence) in {hint.path for hint in heard.hints}
            others = [hint for hint in heard.hints if hint.path != str(self.fence)]
            self.heard += others
            more |= bool(others) or heard.all
        if self.tree.blind():
            self.note(self.tree.look_blindly(), found)
        return more


def plain(known: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """Return what was found, less when it was."""
    return {path: _plain(stamp) for path, stamp in known.items()}


def _plain(stamp: Stamp) -> Stamp:
    return replace(stamp, seen=0)


def _inside(folder: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(folder)]
    except OSError:
        return []


def put(path: Path, text: str = "text") -> Path:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path

"""Any edits at any moments: in the end what is known is what is there, and only that is watched.

Nothing here is left to chance: events are delivered by hand, some at a time, and edits are made
in the middle of a look, too, before and after a folder is watched, and between two of its entries.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.adapters.watch.tree import FolderTree
from envctl.domain.watch.interest import Interest
from tests.adapters.watch.by_hand import ONE, ByHand, watched_inodes
from tests.adapters.watch.edits import EDITS, Edit, make
from tests.adapters.watch.ground import IGNORE, Ground, scope

LONG = bool(os.environ.get("ENVCTL_LONG_TESTS"))


class Interrupted(ByHand):
    """In the middle of a look, edits are made."""

    def __init__(self, ring: Callable[[], None] = lambda: None) -> None:
        super().__init__(ring)
        self.waiting: list[tuple[int, Callable[[], None]]] = []

    def moment(self) -> None:
        if self.waiting:
            left, edit = self.waiting.pop(0)
            if left:
                self.waiting.insert(0, (left - 1, edit))
            else:
                edit()

    def watch(self, folder: str) -> bool:
        self.moment()
        try:
            return super().watch(folder)
        finally:
            self.moment()


class Attentive(Interest):
    """Has a moment before each entry of a folder."""

    moment: Callable[[], None] = staticmethod(lambda: None)

    def concerns(self, path: str) -> bool:
        self.moment()
        return super().concerns(path)


class Scene(Ground):
    """A ground on which time goes by in steps."""

    def __init__(self, place: Path) -> None:
        self.base, self.root = place / "shop", place / "shop/root"
        self.watcher = Interrupted()
        super().__init__(place, lambda _: self.watcher, [
            scope(self.root, IGNORE),
            scope(self.root / "node_modules/a"),
            scope(self.base / "lib", include=("**/b", "a/**")),
            scope(self.base / "conf/a"),
        ])  # fmt: skip
        self.interest = Attentive(self.interest.scopes)
        self.interest.lead_from(str(self.base))
        self.interest.moment = self.watcher.moment
        self.tree = FolderTree(self.interest, lambda _: self.watcher)
        self.hints: dict[str, None] = {}

    def take(self, step: Step) -> None:
        what, *rest = step
        if what == "edit":
            make(self.base, rest[0])
        elif what == "within":
            self.watcher.waiting.append((rest[1], lambda: make(self.base, rest[0])))
        elif what == "hear":
            self.watcher.reader.deliver(ONE * rest[0])
            self.hear()
        elif what == "everywhere":
            self.note(self.tree.look_everywhere())
        else:
            self.look(rest[0])

    def hear(self) -> bool:
        heard = self.tree.heard()
        self.hints |= dict.fromkeys(hint.path for hint in heard.hints)
        return bool(heard.hints)

    def look(self, part: float) -> None:
        paths = list(self.hints)[: round(len(self.hints) * part)]
        for path in paths:
            del self.hints[path]
        self.note(self.tree.look(paths))

    def finish(self) -> None:
        """Hear all, and look until there is nothing to look at."""
        self.watcher.waiting.clear()
        self.watcher.deliver_all()
        while self.hear() or self.hints:
            self.look(1)
            self.watcher.deliver_all()
        assert not self.tree.blind()
        self.check()
        inodes = sorted(os.stat(folder).st_ino for folder in self.kept())
        assert watched_inodes(self.watcher) == inodes


Step = tuple[Any, ...]
STEPS = st.one_of(
    st.tuples(st.just("edit"), EDITS),
    st.tuples(st.just("edit"), EDITS),
    st.tuples(st.just("edit"), EDITS),
    st.tuples(st.just("within"), EDITS, st.integers(0, 6)),
    st.tuples(st.just("hear"), st.integers(1, 4)),
    st.tuples(st.just("look"), st.sampled_from([1.0, 1.0, 0.5])),
    st.tuples(st.just("everywhere")),
)


@pytest.mark.skipif(not hasattr(os, "eventfd"), reason="needs Linux")
@settings(max_examples=10_000 if LONG else 60)
@given(st.lists(EDITS, max_size=8), st.lists(STEPS, min_size=20 if LONG else 10, max_size=60))
def test_after_any_edits_all_that_is_there_is_known_and_watched(
    first: list[Edit], steps: list[Step]
) -> None:
    place = Path(tempfile.mkdtemp(prefix="envctl-"))
    try:
        scene = Scene(place)
        for edit in first:
            make(scene.base, edit)
        with scene:
            for step in steps:
                scene.take(step)
            scene.finish()
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(place)

"""Whatever happens to disk, containers and engine: in the end each container is as the disk."""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.fake_watch import FOLDER
from tests.workflows.watching import Watched
from tests.workflows.watching import rule as watch_rule

LONG = bool(os.environ.get("ENVCTL_LONG_TESTS"))
NAMES = st.sampled_from(["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "node_modules/x"])
IMAGE = {"/srv/a": "built", "/srv/d": FOLDER, "/srv/d/a": "built"}
"""What the image has, which is what the disk has at first."""
KEYS = ("c1", "c2")


class Sequences(RuleBasedStateMachine):
    """Edits, and all that can happen to what they are for."""

    def __init__(self) -> None:
        super().__init__()
        self.watched = Watched([watch_rule("sync+restart", ignore=("node_modules",))])
        self.disk, self.engine = self.watched.disk, self.watched.engine
        self.disk.files |= {f"/p/src{path[4:]}": text for path, text in IMAGE.items()}
        self.watched.begin()
        self.texts = 0

    @rule(name=NAMES, finished=st.booleans())
    def save(self, name: str, *, finished: bool) -> None:
        self.texts += 1
        self.disk.save(f"/p/src/{name}", f"text {self.texts}", finished=finished)

    @rule(name=NAMES)
    def make_folder(self, name: str) -> None:
        self.disk.save(f"/p/src/{name}")

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        self.disk.delete(f"/p/src/{name}")

    @rule()
    def lose_events(self) -> None:
        self.disk.hints, self.disk.lost = [], True

    @rule(key=st.sampled_from(KEYS))
    def run_or_replace(self, key: str) -> None:
        if key in self.engine.rows:
            self.engine.remove_container(key)
        self.engine.run_container(key, files=IMAGE)

    @rule(key=st.sampled_from(KEYS), state=st.sampled_from(["exited", "running"]))
    def stop_or_start(self, key: str, state: str) -> None:
        if key in self.engine.rows:
            self.engine.set_state(key, state)

    @rule(words=st.sampled_from(["", "no space left on device"]))
    def refuse(self, words: str) -> None:
        self.engine.refusing = words

    @precondition(lambda self: not self.engine.away)
    @rule()
    def go_away(self) -> None:
        self.engine.away = True

    @precondition(lambda self: self.engine.away)
    @rule()
    def come_back(self) -> None:
        self.engine.away = False
        self.engine.news()

    @rule(steps=st.integers(1, 3))
    def let_pass(self, steps: int) -> None:
        for _ in range(steps):
            self.watched.clock.now += 0.01
            self.watched.watch.step(self.watched.clock.now)
            for worker in self.watched.workers:
                worker.go()

    @invariant()
    def nothing_ignored_was_sent(self) -> None:
        for files in self.engine.files.values():
            assert not any("node_modules" in path for path in files)

    def teardown(self) -> None:
        self.engine.refusing, self.engine.away = "", False
        self.engine.news()
        self.watched.settle()
        wanted = {
            f"/srv{path[6:]}": text
            for path, text in self.disk.files.items()
            if path != "/p/src" and "node_modules" not in path
        }
        for key, files in self.engine.files.items():
            assert files == wanted, key


Sequences.TestCase.settings = settings(
    max_examples=20_000 if LONG else 150, stateful_step_count=50 if LONG else 30, deadline=None
)
TestSequences = Sequences.TestCase

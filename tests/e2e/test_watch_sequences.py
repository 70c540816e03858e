"""Any edits in any order, while anything happens to the container: in the end both are the same.

`ENVCTL_LONG_TESTS=1` makes 10,000 edits instead of some 200.
"""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import docker
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.conftest import Playground, eventually
from tests.e2e.random_edits import EDIT, EDITS, Step
from tests.e2e.watching import disk_tree, project, tree, watching

pytestmark = pytest.mark.engine
LONG = bool(os.environ.get("ENVCTL_LONG_TESTS"))
SEQUENCES, LENGTH = (270, 50) if LONG else (10, 25)
PACES = (0.0, 0.0, 0.0, 0.002, 0.01, 0.05)
"""Seconds between two edits: within one save, one burst, or none. They are a part of the case."""
HAPPENS = [Step(what) for what in ("stop", "start", "kill", "restart", "recreate")]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 11).flatmap(lambda n: EDIT if n else st.sampled_from(HAPPENS)),
        st.sampled_from(PACES),
    ),
    min_size=LENGTH,
    max_size=LENGTH,
)


class Container:
    """The container of a service, to which things happen one after the other, beside the test."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._pool = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None
        self.count = 0

    def let(self, what: str) -> None:
        """Let something happen to it, once what is under way has happened."""
        self.wait()
        self.count += 1
        self._under_way = self._pool.submit(self._do, what)

    def wait(self) -> None:
        """Wait until nothing happens to it."""
        if self._under_way:
            self._under_way.result()
        self._under_way = None

    def differs(self, folder: Path) -> list[str]:
        """Return where it has something else than a folder here: kind, content, mode, link."""
        try:
            there = tree(self._playground.container("web"), "/srv/src")
        except docker.errors.APIError as error:
            return [str(error)]
        here = disk_tree(folder)
        both = sorted({*there, *here} - {""})
        return [
            f"{n}: {there.get(n)} and {here.get(n)}" for n in both if there.get(n) != here.get(n)
        ]

    def _do(self, what: str) -> None:
        if what == "recreate":
            words = ["docker", "compose", "--project-name", self._playground.name, "up"]
            words += ["--detach", "--no-build", "--force-recreate"]
            subprocess.run(words, cwd=self._playground.folder, capture_output=True, check=True)
            return
        container = self._playground.container("web")
        if what == "kill" and container.status == "running":
            container.kill()
        elif what == "stop":
            container.stop(timeout=0)
        elif what == "start":
            container.start()
        elif what == "restart":
            container.restart(timeout=0)


class Sequences:
    """Edits in the folder of a rule while things happen to the container that it is synced to."""

    def __init__(self, playground: Playground) -> None:
        self.src, self.container = playground.folder / "web/src", Container(playground)
        self.edits = 0
        self._failed: AssertionError | None = None

    def run(self, steps: list[tuple[Step, float]]) -> None:
        """Do all of `steps`, then wait until both are the same."""
        if self._failed:  # Hypothesis tries again what has failed, which may well work then
            raise self._failed
        for step, pace in steps:
            if step.what in EDITS:
                step.edit(self.src)
                self.edits += 1
            else:
                self.container.let(step.what)
            time.sleep(pace)
        self.container.let("start")
        self.container.wait()
        try:
            eventually(lambda: not self.container.differs(self.src), "both the same")
        except AssertionError as error:
            lines = [line[:200] for line in self.container.differs(self.src)]
            self._failed = AssertionError("\n".join(["container and disk differ", *lines]))
            raise self._failed from error


def test_in_the_end_both_are_the_same(
    playground: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    project(playground, web="- {action: sync, path: ./web/src, target: /srv/src}")
    for name in ("a/b/c", "a/c", "b", "ü/ü"):  # in the image, so in every new container
        playground.write(f"web/src/{name}", "of the image")
    sequences = Sequences(playground)
    case = settings(
        max_examples=SEQUENCES,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        database=None,
    )(given(STEPS)(sequences.run))
    with watching(playground, ended) as watch:
        case()
        warnings = [line for line in watch.lines if line.startswith("warning")]
    happened = sequences.container.count
    print(f"{sequences.edits} edits, {happened} times something happened, said: {warnings}")

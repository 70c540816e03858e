"""How a watch ends: at once, with nothing left, whatever it is at."""

from __future__ import annotations

import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, eventually
from tests.e2e.fault_engine import fault_engine
from tests.e2e.watching import SYNC, Builds, Watching, has, project, watching

pytestmark = pytest.mark.engine
Ended = list[subprocess.Popen[str]]
ASKED = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def below(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in (task / "children").read_text().split():
            found += [int(child), *below(int(child))]
    return found


def ends(watch: Watching, by: signal.Signals) -> None:
    """Ask a watch to stop: that is no failure, and nothing of it is left."""
    said, started = len(watch.lines), below(watch.process.pid)
    assert watch.end(by) == 130
    assert watch.lines[said:] == []
    eventually(lambda: not [p for p in started if Path(f"/proc/{p}").exists()], "no process")


@pytest.mark.parametrize("by", ASKED, ids=lambda by: by.name)
def test_whoever_asks_for_it_ends_it(
    playground: Playground, ended: Ended, by: signal.Signals
) -> None:
    project(playground, web=SYNC)
    with watching(playground, ended, ends=False) as watch:
        playground.write("web/page", "two")
        has(playground, "web", "/srv/page", "two")
        watch.says("synced web")
        ends(watch, by)
    assert playground.container("web").status == "running"


def test_it_ends_while_it_shows_logs(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    playground.write("web/Dockerfile", "FROM busybox:1.35\nCMD while sleep 0.05; do date; done\n")
    with watching(playground, ended, "--logs", ends=False) as watch:
        eventually(lambda: watch.out[-1:] and watch.out[-1].startswith("web | "), "logs")
        ends(watch, signal.SIGINT)


def test_it_ends_while_all_is_in_motion(playground: Playground, ended: Ended) -> None:
    project(playground, web=SYNC)
    with watching(playground, ended, ends=False) as watch:
        for number in range(3000):
            (playground.folder / "web" / f"{number}").write_text(f"{number}")
        assert watch.end(signal.SIGINT) == 130


def test_it_ends_before_it_has_begun(playground: Playground, ended: Ended, tmp_path: Path) -> None:
    """While it brings the playground up; that is an interruption, and said to be."""
    project(playground, web=SYNC)
    builds = Builds(tmp_path)
    builds.hold("before")
    playground.environment |= builds.environment
    with watching(playground, ended, wait=False, ends=False) as watch:
        builds.are(1)
        started = below(watch.process.pid)
        assert watch.end(signal.SIGINT) == 130
        assert "error: interrupted" in watch.stderr
        eventually(lambda: not [p for p in started if Path(f"/proc/{p}").exists()], "no process")
    builds.go_on()
    playground.up()


def test_a_rebuild_ends_with_it_and_the_next_up_completes_it(
    playground: Playground, ended: Ended, tmp_path: Path
) -> None:
    project(playground, web="- {action: rebuild, path: ./web}")
    builds = Builds(tmp_path)
    playground.environment |= builds.environment
    with watching(playground, ended, ends=False) as watch:
        before = playground.ids()
        builds.hold("before")
        playground.write("web/page", "two")
        builds.are(2)
        ends(watch, signal.SIGINT)
    assert playground.ids() == before
    builds.go_on()
    playground.up()
    has(playground, "web", "/srv/page", "two")


def test_it_ends_though_the_engine_says_nothing(
    playground: Playground, ended: Ended, tmp_path: Path
) -> None:
    project(playground, web=SYNC)
    enough = threading.Event()

    def say_nothing() -> None:
        enough.wait()

    with fault_engine(tmp_path / "engine.sock") as way:
        playground.environment["DOCKER_HOST"] = f"unix://{way.path}"
        with watching(playground, ended, ends=False) as watch:
            way.arm(1, say_nothing)
            playground.write("web/page", "two")
            eventually(lambda: way.effects, "an edit that nobody answers")
            ends(watch, signal.SIGINT)
            enough.set()


def test_it_ends_while_the_engine_is_away(
    playground: Playground, ended: Ended, tmp_path: Path
) -> None:
    project(playground, web=SYNC)
    with fault_engine(tmp_path / "engine.sock") as way:
        playground.environment["DOCKER_HOST"] = f"unix://{way.path}"
        with watching(playground, ended, ends=False) as watch:
            way.cut()
            watch.says("edits are kept until it answers")
            playground.write("web/page", "two")
            ends(watch, signal.SIGINT)

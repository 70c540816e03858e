"""Rebuilds beside syncs: neither waits for the other, loses anything of it, or does too much."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, eventually
from tests.e2e.watching import SYNC, Builds, has, project, read, watching

pytestmark = pytest.mark.engine
Ended = list[subprocess.Popen[str]]
RULES = """\
- {action: sync, path: ./web/src, target: /srv/src}
- {action: rebuild, path: ./web/recipe}
"""
DOCKERFILE = """\
FROM busybox:1.35
COPY . /srv/
RUN grep good /srv/recipe
CMD ["sh", "-c", "cat /srv/recipe; grep -q runs /srv/recipe && exec sleep 3600; exit 9"]
"""


@pytest.fixture
def kitchen(playground: Playground) -> Playground:
    """A service that is built and runs only as its recipe says, and one that has no rule for it."""
    project(playground, web=RULES, other=SYNC.replace("web", "other"))
    playground.write("web/Dockerfile", DOCKERFILE)
    playground.write("web/recipe", "good, runs")
    playground.write("web/src/page", "one")
    return playground


@pytest.fixture
def builds(kitchen: Playground, tmp_path: Path) -> Builds:
    """Builds of it, which can be held up."""
    made = Builds(tmp_path)
    kitchen.environment |= made.environment
    return made


def test_a_build_that_fails_is_named_and_changes_nothing(kitchen: Playground, ended: Ended) -> None:
    with watching(kitchen, ended) as watch:
        before = kitchen.ids()
        kitchen.write("web/recipe", "bad, runs")
        watch.says("error: cannot build web")
        assert "grep good /srv/recipe" in watch.stderr
        assert kitchen.ids() == before
        kitchen.write("web/src/page", "two")
        has(kitchen, "web", "/srv/src/page", "two")
        kitchen.write("web/recipe", "good again, runs")
        has(kitchen, "web", "/srv/recipe", "good again, runs")
        assert read(kitchen.container("web"), "/srv/src/page") == "two"


def test_a_rebuilt_service_that_does_not_run_is_named_and_the_next_one_does(
    kitchen: Playground, ended: Ended
) -> None:
    with watching(kitchen, ended) as watch:
        kitchen.write("web/recipe", "good, stops")
        watch.says("error: web: exited (9)")
        kitchen.write("web/src/page", "two")
        kitchen.write("web/recipe", "good, runs again")
        has(kitchen, "web", "/srv/recipe", "good, runs again")
        has(kitchen, "web", "/srv/src/page", "two")
        eventually(lambda: kitchen.container("web").status == "running", "a service that runs")


def test_a_build_holds_up_no_sync(kitchen: Playground, ended: Ended, builds: Builds) -> None:
    with watching(kitchen, ended):
        before = kitchen.ids()
        builds.hold("before")
        kitchen.write("web/recipe", "good, runs 2")
        builds.are(2)
        for text in ("two", "three"):
            kitchen.write("web/src/page", text)
            has(kitchen, "web", "/srv/src/page", text)
        assert kitchen.ids() == before
        builds.go_on()
        has(kitchen, "web", "/srv/recipe", "good, runs 2")


def test_what_is_saved_after_a_build_has_read_it_is_in_the_new_container(
    kitchen: Playground, ended: Ended, builds: Builds
) -> None:
    with watching(kitchen, ended) as watch:
        builds.hold("after")
        kitchen.write("web/recipe", "good, runs 2")
        watch.says("build web: ")
        builds.are(2)
        has_image(kitchen, "good, runs 2")
        kitchen.write("web/src/page", "two")
        kitchen.write("web/src/new", "new")
        has(kitchen, "web", "/srv/src/new", "new")
        assert read(kitchen.container("web"), "/srv/recipe") == "good, runs"
        builds.go_on()
        has(kitchen, "web", "/srv/recipe", "good, runs 2")
        has(kitchen, "web", "/srv/src/page", "two")
        has(kitchen, "web", "/srv/src/new", "new")


def has_image(kitchen: Playground, recipe: str) -> None:
    """Wait until the service's image is made of `recipe`."""
    words = ["docker", "run", "--rm", f"{kitchen.name}-web", "cat", "/srv/recipe"]

    def look() -> bool:
        ran = subprocess.run(words, capture_output=True, text=True, check=False)
        return ran.stdout == recipe

    eventually(look, f"an image made of {recipe!r}")


def test_what_is_to_be_rebuilt_during_a_build_is_rebuilt_once_more(
    kitchen: Playground, ended: Ended, builds: Builds
) -> None:
    with watching(kitchen, ended):
        builds.hold("before")
        kitchen.write("web/recipe", "good, runs 0")
        builds.are(2)
        for number in range(1, 6):
            kitchen.write("web/recipe", f"good, runs {number}")
            kitchen.write("web/src/page", f"{number}")
            has(kitchen, "web", "/srv/src/page", f"{number}")  # so all before it was seen, too
        builds.go_on()
        builds.are(3)
        has(kitchen, "web", "/srv/recipe", "good, runs 5")
        # a third one could only have been asked for before this one, and would have begun before it
        kitchen.write("web/recipe", "good, runs last")
        builds.are(4)
        has(kitchen, "web", "/srv/recipe", "good, runs last")
    assert builds.count() == 4


def test_only_the_service_that_is_asked_for_is_rebuilt(kitchen: Playground, ended: Ended) -> None:
    with watching(kitchen, ended):
        before = kitchen.ids()
        kitchen.write("other/Dockerfile", "FROM busybox:1.35\nCMD sleep 7200\n")
        has(kitchen, "other", "/srv/Dockerfile", "FROM busybox:1.35\nCMD sleep 7200\n")
        kitchen.write("web/recipe", "good, runs 2")
        has(kitchen, "web", "/srv/recipe", "good, runs 2")
        after = kitchen.ids()
        assert {name for name in after if after[name] != before[name]} == {"web"}
    plan = kitchen.envctl("up", "--dry-run").stdout
    assert "build other: " in plan
    assert "build web: " not in plan

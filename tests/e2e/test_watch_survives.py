"""Whatever happens to containers and engines while a watch goes on, no edit is lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, engine, eventually, remove_images
from tests.e2e.fault_engine import fault_engine
from tests.e2e.hosts import Hosts
from tests.e2e.watching import SYNC, has, project, read, started, watching

pytestmark = pytest.mark.engine
Ended = list[subprocess.Popen[str]]


@pytest.fixture
def site(playground: Playground) -> Playground:
    """A service whose folder is synced; files that are to change, to go and to stay."""
    project(playground, web=SYNC)
    for name in ("changes", "goes", "deep/goes", "stays"):
        playground.write(f"web/{name}", "one")
    return playground


def edit(site: Playground, text: str) -> None:
    """Change something, add something, and take something away."""
    site.write("web/changes", text)
    site.write(f"web/new/{text}", text)
    (site.folder / "web/goes").unlink(missing_ok=True)
    shutil.rmtree(site.folder / "web/deep", ignore_errors=True)


def has_all(site: Playground, *texts: str) -> None:
    """Wait until all of these edits are in every container."""
    has(site, "web", "/srv/changes", texts[-1])
    for text in texts:
        has(site, "web", f"/srv/new/{text}", text)
    has(site, "web", "/srv/goes", None)
    has(site, "web", "/srv/deep/goes", None)
    has(site, "web", "/srv/stays", "one")


def compose(site: Playground, *words: str) -> None:
    """Let somebody else do something with the playground."""
    call = ["docker", "compose", "--project-name", site.name, *words]
    subprocess.run(call, cwd=site.folder, capture_output=True, check=True, text=True)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_what_is_saved_while_a_container_is_stopped_is_there_when_it_starts(
    site: Playground, ended: Ended, how: str
) -> None:
    with watching(site, ended):
        edit(site, "before")
        has_all(site, "before")
        container = site.container("web")
        container.stop(timeout=0) if how == "stop" else container.kill()
        container.wait()
        edit(site, "meanwhile")
        has_all(site, "before", "meanwhile")  # a container has its files whether it runs or not
        container.start()
        assert read(container, "/srv/changes") == "meanwhile"
        edit(site, "after")
        has_all(site, "before", "meanwhile", "after")


def test_what_is_saved_while_a_container_is_paused_is_there(site: Playground, ended: Ended) -> None:
    with watching(site, ended):
        site.container("web").pause()
        edit(site, "meanwhile")
        has_all(site, "meanwhile")
        site.container("web").unpause()
        edit(site, "after")
        has_all(site, "meanwhile", "after")


def test_a_container_that_crashes_and_is_started_by_the_engine_has_all(
    site: Playground, ended: Ended
) -> None:
    site.write(
        "web/Dockerfile",
        """\
        FROM busybox:1.35
        COPY . /srv/
        CMD while [ ! -e /srv/crash ]; do sleep 0.05; done; rm /srv/crash; exit 3
        """,
    )
    text = (site.folder / "compose.yaml").read_text()
    site.write(
        "compose.yaml", text.replace("    init: true", "    init: true\n    restart: always")
    )
    with watching(site, ended):
        edit(site, "before")
        has_all(site, "before")
        for text in ("first", "second"):
            began = started(site, "web")
            crash = site.write("web/crash", "now")
            edit(site, text)
            eventually(lambda: started(site, "web") != began, "a restart")  # noqa: B023 - called here
            crash.unlink()
            has_all(site, "before", text)


def test_a_container_that_is_made_anew_by_somebody_else_is_given_all(
    site: Playground, ended: Ended
) -> None:
    with watching(site, ended):
        edit(site, "before")
        has_all(site, "before")
        first = site.ids()
        compose(site, "up", "--detach", "--no-build", "--force-recreate")
        assert site.ids() != first
        has_all(site, "before")
        edit(site, "after")
        has_all(site, "before", "after")


def test_a_playground_that_goes_and_comes_back_is_given_all(site: Playground, ended: Ended) -> None:
    with watching(site, ended):
        edit(site, "before")
        has_all(site, "before")
        compose(site, "down", "--timeout", "0")
        edit(site, "meanwhile")
        compose(site, "up", "--detach", "--no-build")
        has_all(site, "before", "meanwhile")
        site.container("web").remove(force=True)
        edit(site, "again")
        site.up()
        has_all(site, "before", "meanwhile", "again")


def test_every_container_of_a_service_is_given_all(site: Playground, ended: Ended) -> None:
    text = (site.folder / "compose.yaml").read_text()
    site.write("compose.yaml", text.replace("    init: true", "    init: true\n    scale: 2"))
    with watching(site, ended) as watch:
        assert len(site.containers("web")) == 2
        edit(site, "before")
        has_all(site, "before")
        compose(site, "up", "--detach", "--no-build", "--no-recreate", "--scale", "web=3")
        assert len(site.containers("web")) == 3
        has_all(site, "before")
        edit(site, "after")
        has_all(site, "before", "after")
        compose(site, "up", "--detach", "--no-build", "--no-recreate", "--scale", "web=1")
        edit(site, "last")
        has_all(site, "before", "after", "last")
        assert "warning" not in watch.stderr


def test_a_connection_that_breaks_loses_nothing(
    site: Playground, ended: Ended, tmp_path: Path
) -> None:
    with fault_engine(tmp_path / "engine.sock") as way:
        site.environment["DOCKER_HOST"] = f"unix://{way.path}"
        with watching(site, ended) as watch:
            edit(site, "before")
            has_all(site, "before")
            for number, text in enumerate(("first", "second"), 1):
                way.cut()
                watch.says("edits are kept until it answers", times=number)
                edit(site, text)
                way.arm(0, lambda: None)
                watch.says("the engine answers again", times=number)
                has_all(site, "before", text)


def test_an_answer_that_does_not_arrive_loses_nothing(
    site: Playground, ended: Ended, tmp_path: Path
) -> None:
    """The engine has done it, or a part of it; nobody knows."""
    with fault_engine(tmp_path / "engine.sock") as way:
        site.environment["DOCKER_HOST"] = f"unix://{way.path}"
        with watching(site, ended) as watch:
            has(site, "web", "/srv/stays", "one")
            put = partial(site.write, "web/new/first", "first")
            both = partial(edit, site, "second")
            cases: list[tuple[int, Callable[[], object]]] = [
                (1, put), (1, (site.folder / "web/goes").unlink), (1, both), (2, both)
            ]  # fmt: skip
            for number, (at, act) in enumerate(cases, 1):
                shutil.rmtree(site.folder / "web/new/second", ignore_errors=True)
                site.write("web/deep/goes", "one")
                has(site, "web", "/srv/deep/goes", "one")
                way.arm(at, way.cut)
                act()
                watch.says("edits are kept until it answers", times=number)
                way.arm(0, lambda: None)
                watch.says("the engine answers again", times=number)
                has(site, "web", "/srv/new/first", "first")
            has_all(site, "first", "second")


def test_an_engine_that_is_restarted_loses_nothing(
    site: Playground, ended: Ended, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = hosts.two
    monkeypatch.setenv("DOCKER_HOST", host.engine)
    try:
        with watching(site, ended) as watch:
            edit(site, "before")
            has_all(site, "before")
            host.stop_engine()
            watch.says("edits are kept until it answers")
            edit(site, "meanwhile")
            host.start_engine()
            watch.says("the engine answers again")
            has_all(site, "before", "meanwhile")
            site.container("web").start()
            edit(site, "after")
            has_all(site, "before", "meanwhile", "after")
    finally:
        if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
            host.start_engine()
        site.envctl("down", "--volumes")
        remove_images(f"{site.name}-", f"{site.name}:")


def test_an_engine_over_ssh_is_given_all_and_a_network_that_breaks_loses_nothing(
    site: Playground, ended: Ended, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = hosts.one
    monkeypatch.setenv("DOCKER_HOST", host.engine)  # for a look past SSH
    site.environment |= {**hosts.environment, "DOCKER_HOST": host.target}
    try:
        with watching(site, ended):
            edit(site, "before")
            has_all(site, "before")
            host.cut()
            edit(site, "meanwhile")
            host.mend()
            has_all(site, "before", "meanwhile")
    finally:
        host.mend()
        site.envctl("down", "--volumes")
        remove_images(f"{site.name}-", f"{site.name}:")
    assert engine().containers.list(all=True, filters={"name": site.name}) == []

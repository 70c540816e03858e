"""One contract for the engine in memory and the real one: what the workflow tests rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from envctl.adapters.bake import bake
from envctl.adapters.compose import ComposeImages, ComposeStack
from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.engine import HttpEngineReader
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.engine_images import tag_image
from envctl.adapters.remover import HttpRemover
from envctl.config.bake_file import bake_file
from envctl.domain.lock import Order
from envctl.domain.observed import Container
from envctl.domain.plan import Action, Step
from envctl.domain.project import Project
from envctl.domain.service import Build, Service
from envctl.errors import BuildFailed
from envctl.ports import EngineReader, Launch, Remover, Stack
from envctl.ports.building import Images
from tests.e2e.conftest import eventually, new_name
from tests.fakes import HEALTHY, FakeEngine, FakeReporter, crash

COMPOSE = """\
    services:
      web:
        build: {context: ., dockerfile_inline: "FROM busybox:1.35\\nCMD echo up; exec sleep 3600"}
        init: true
        stop_grace_period: 0s
        healthcheck: {test: [CMD, "true"], interval: 1s, start_period: 9s, start_interval: 100ms}
      job:
        image: busybox:1.35
        command: [sh, -c, "echo first; echo second; exit 3"]
"""


@dataclass(frozen=True)
class World:
    """An engine with the hands to change it."""

    project: str
    engine: EngineReader
    stack: Stack
    images: Images
    remover: Remover
    build: Callable[[str], None]

    def one(self, service: str) -> Container | None:
        """Return the container of `service`, or None."""
        found = [c for c in self.engine.containers(self.project) if c.service == service]
        return found[0] if found else None

    def launch(self, *services: str, forced: bool = False) -> Launch:
        """Start services and wait for the launch to end."""
        launch = self.stack.launch(services, forced=forced, ordered=False)
        eventually(lambda: launch.poll() is not None, "the end of the launch")
        launch.stop()
        return launch

    def until(self, service: str, **wanted: object) -> Container:
        """Wait, as a workflow does, until the container of `service` shows `wanted`."""
        with self.engine.changes(self.project) as changes:

            def look() -> Container | None:
                changes.wait(0.2)
                found = self.one(service)
                fits = found and all(getattr(found, k) == v for k, v in wanted.items())
                return found if fits else None

            return eventually(look, f"{service} with {wanted}")  # type: ignore[return-value]


def _bake(options: ComposeOptions, service: str) -> None:
    model = ComposeReader(options, print).model()
    order = Order(service, (f"{options.name}-{service}:latest",))
    bake(bake_file(model, [order]), options.folder, FakeReporter())


def _fake() -> World:
    web = Service("web", "shop-web:latest", build=Build(".", "", ""), has_healthcheck=True)
    project = Project("shop", (Service("job", "busybox:1.35"), web))
    lives = {"web": HEALTHY, "job": crash(3)}
    engine = FakeEngine(project, lives=lives, output={"job": ["first", "second"], "web": ["up"]})
    engine.images["busybox:1.35"] = "sha256:busybox"

    def build(service: str) -> None:
        step = Step(Action.BUILD, service, "", target=project.service(service).image)
        engine.build(project, [step], FakeReporter())

    return World("shop", engine, engine, engine, engine, build)


def _real(folder: Path) -> Iterator[World]:
    (folder / "compose.yaml").write_text(textwrap.dedent(COMPOSE))
    name = new_name()
    options = ComposeOptions(folder, name=name)
    stack, engine = ComposeStack(options), HttpEngineReader()
    images = ComposeImages(options, tag_image)
    yield World(name, engine, stack, images, HttpRemover(), partial(_bake, options))
    stack.remove()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.engine)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Both engines, with the same project."""
    if request.param == "fake":
        yield _fake()
    else:
        yield from _real(tmp_path)


def test_nothing_is_there_at_first(world: World) -> None:
    assert world.engine.containers(world.project) == ()
    assert world.engine.networks(world.project) == ()


def test_a_built_image_has_an_id_and_takes_a_second_name(world: World) -> None:
    name, kept = f"{world.project}-web:latest", f"{world.project}-web:i.1"
    assert world.engine.image_ids([name]) == {}
    world.build("web")
    world.images.tag(name, kept)
    ids = world.engine.image_ids([name, kept, "no-such-image:1"])
    assert set(ids) == {name, kept}
    assert ids[name] == ids[kept]


def test_a_launched_service_becomes_healthy_on_the_image_of_its_name(world: World) -> None:
    world.build("web")
    assert world.launch("web").poll() == 0
    container = world.until("web", state="running", health="healthy")
    name = f"{world.project}-web:latest"
    assert container.image_id == world.engine.image_ids([name])[name]
    assert container.name == f"{world.project}-web-1"
    assert world.engine.networks(world.project) == (f"{world.project}_default",)


def test_a_job_shows_its_exit_code_and_lines_in_order(world: World) -> None:
    world.launch("job")
    container = world.until("job", state="exited")
    assert container.exit_code == 3
    assert [line.text for line in world.engine.logs(container)] == ["first", "second"]
    assert [line.text for line in world.engine.logs(container, tail=1)] == ["second"]


def test_launching_again_starts_the_same_container(world: World) -> None:
    world.launch("job")
    first = world.until("job", state="exited")
    world.launch("job")
    second = world.until("job", state="exited")
    assert second.id == first.id
    assert second.started_at != first.started_at


def test_a_forced_launch_makes_another_container(world: World) -> None:
    world.launch("job")
    first = world.until("job", state="exited")
    world.launch("job", forced=True)
    assert world.until("job", state="exited").id != first.id


def test_removing_leaves_no_container_and_no_network(world: World) -> None:
    world.launch("job")
    world.stack.remove()
    assert world.engine.containers(world.project) == ()
    assert world.engine.networks(world.project) == ()


@pytest.mark.parametrize("gently", [True, False])
def test_a_playground_is_taken_away_and_what_is_gone_does_no_harm(
    world: World, *, gently: bool
) -> None:
    world.build("web")
    world.launch("web", "job")
    ids = [c.id for c in world.engine.containers(world.project)]
    networks = world.engine.networks(world.project)
    for _ in range(2):
        world.remover.remove_containers(ids, stop_first=ids if gently else ())
        world.remover.remove_networks(networks)
        world.remover.remove_volumes(())
    assert world.engine.containers(world.project) == ()
    assert world.engine.networks(world.project) == ()


def test_another_project_sees_nothing_of_it(world: World) -> None:
    world.launch("job")
    assert world.engine.containers(f"{world.project}-other") == ()


@pytest.mark.engine
def test_a_build_that_fails_carries_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {build: {dockerfile_inline: 'FROM busybox:1.35\n\n RUN exit 9'}}}"
    )
    with pytest.raises(BuildFailed) as error:
        _bake(ComposeOptions(tmp_path, name=new_name()), "web")
    assert "exit code: 9" in "\n".join(error.value.details)


@pytest.mark.engine
def test_a_container_that_was_paused_is_as_healthy_as_before(tmp_path: Path) -> None:
    """The engine says unhealthy until the next check, which may be long in coming."""
    check = "{test: [CMD, test, -e, /up], interval: 1h, start_period: 9s, start_interval: 100ms}"
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {image: 'busybox:1.35', init: true, stop_grace_period: 0s, "
        f"command: [sh, -c, 'touch /up; sleep 3600'], healthcheck: {check}}}}}"
    )
    name = new_name()
    options = ComposeOptions(tmp_path, name=name)
    stack, images = ComposeStack(options), ComposeImages(options, tag_image)
    world = World(name, HttpEngineReader(), stack, images, HttpRemover(), partial(_bake, options))
    try:
        world.launch("web")
        container = world.until("web", health="healthy")
        http = EngineHttp()
        http.post(f"/containers/{container.id}/pause")
        http.post(f"/containers/{container.id}/unpause")
        assert world.until("web", state="running").health == "healthy"
    finally:
        stack.remove()

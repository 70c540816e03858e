"""Real playgrounds on a real engine.

`ENVCTL_KEEP=1` keeps what a test started; `ENVCTL_ARTIFACTS` names a folder for what failed tests
leave. Names carry the process that made them, so that a killed run's leftovers are told from a
live one's and removed by the next.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import docker
import pytest
from docker.models.containers import Container

from envctl.adapters.engine import HELPER
from envctl.adapters.engine_address import engine_address
from envctl.adapters.engine_connection import open_client
from envctl.adapters.engine_http import EngineHttp
from envctl.testing import Environment
from tests.e2e.environments import Subject
from tests.e2e.image_names import image_names, image_tags
from tests.e2e.projects import DOCKERFILE, TINY
from tests.e2e.releasing import write_project
from tests.e2e.second_engine import SecondEngine, second_engine, why_not
from tests.e2e.staging import Staged, clean_stages
from tests.fake_registry import FakeRegistry

ROOT = Path(__file__).parents[2]
PREFIX = "envctl-test"
PATIENCE = 120.0
T = TypeVar("T")
_numbers = itertools.count(1)
_LEFTOVER = re.compile(rf"{PREFIX}-(\d+)-\d+(?:-(?:from|bisect).*)?")


@dataclass(frozen=True)
class Answer:
    """What a command line answered."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Playground:
    """A project in a folder of its own, and envctl to work on it as a user would."""

    folder: Path
    name: str
    environment: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))
        return target

    def envctl(self, *arguments: str, **environment: str) -> Answer:
        """Run envctl to its end."""
        done = subprocess.run(
            self.words(*arguments),
            cwd=self.folder,
            env=self.environ(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start envctl and leave it running; the fixture ends it."""
        return subprocess.Popen(
            self.words(*arguments),
            cwd=self.folder,
            env=self.environ(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def words(self, *arguments: str) -> list[str]:
        """Return the call of envctl for this playground."""
        return [sys.executable, "-m", "envctl", "--name", self.name, *arguments]

    def environ(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a call."""
        return {**os.environ, **self.environment, **more}

    def up(self, *arguments: str) -> Answer:
        """Run `up` and expect it to work."""
        answer = self.envctl("up", *arguments)
        assert answer.code == 0, answer.stderr
        return answer

    def containers(self, service: str = "") -> list[Container]:
        """Return the playground's containers as the engine has them, stopped ones too."""
        label = [f"com.docker.compose.project={self.name}"]
        label += [f"com.docker.compose.service={service}"] if service else []
        found: list[Container] = engine().containers.list(
            all=True, filters={"label": label}, ignore_removed=True
        )
        return found

    def container(self, service: str) -> Container:
        """Return the one container of `service`."""
        (container,) = self.containers(service)
        return container

    def ids(self) -> dict[str, str]:
        """Return container IDs by service."""
        return {c.labels["com.docker.compose.service"]: str(c.id) for c in self.containers()}


def engine() -> docker.DockerClient:
    """Return a client of the engine under test."""
    client = docker.DockerClient.__new__(docker.DockerClient)
    client.api = open_client(engine_address())
    return client


def eventually(look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Return the first true answer of `look`; fail naming `what` when none comes."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"never seen: {what}"
        time.sleep(0.02)
    return found


def free_port() -> int:
    """Return a port that nothing listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def _leftovers() -> None:
    """Remove what test runs left whose process is gone."""
    with suppress(Exception):  # without an engine there is nothing to remove
        names = {
            c.labels.get("com.docker.compose.project", "")
            for c in engine().containers.list(all=True)
        }
        for name in filter(is_left, names):
            _remove(name)
        clean_stages(is_left)


def is_left(name: str) -> bool:
    """Whether a project is of a test run that is no more."""
    found = _LEFTOVER.fullmatch(name)
    return found is not None and not Path(f"/proc/{found[1]}").exists()


@pytest.fixture
def staged(playground: Playground, memory_registry: FakeRegistry) -> Iterator[Staged]:
    """A project with the stages integration and production on this engine; nothing is left."""
    made = Staged(playground, {"integration": free_port(), "production": free_port()})
    made.write(memory_registry.address, production='after = "integration"')
    yield made
    if not os.environ.get("ENVCTL_KEEP"):
        clean_stages(lambda name: name == playground.name)


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    """A project folder without files, and nothing of it left afterwards."""
    with new_playground(tmp_path) as made:
        yield made


@pytest.fixture
def subject(playground: Playground) -> Iterator[Subject]:
    """A project with environments of its own; nothing of those is left."""
    made = Subject(playground, free_port())
    made.write()
    yield made
    for process in made.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
    if not os.environ.get("ENVCTL_KEEP"):
        for name in made.environments():
            _remove(name)
        remove_images(f"{playground.name}/")


@pytest.fixture(scope="session")
def shop_url(envctl_environment: Environment) -> str:
    """The address of the example shop, which is up: the checkout that the tests are in."""
    return envctl_environment.url()


def new_name() -> str:
    """Return a name for a playground that no other test has."""
    return f"{PREFIX}-{os.getpid()}-{next(_numbers)}"


@contextmanager
def new_playground(folder: Path) -> Iterator[Playground]:
    """Yield a project folder without files; nothing of it is left afterwards."""
    name = new_name()
    project = folder / name  # a project is called after its folder, and its images after it
    project.mkdir()
    homes = {"XDG_STATE_HOME": str(folder / "state"), "XDG_DATA_HOME": str(folder / "data")}
    playground = Playground(project, name, homes)
    try:
        yield playground
    finally:
        if not os.environ.get("ENVCTL_KEEP"):
            _remove(playground.name)


def _remove(name: str) -> None:
    api = engine().api
    for left in api.containers(all=True, filters={"label": f"{HELPER}={name}"}):
        api.remove_container(left, force=True, v=True)
    words = ["docker", "compose", "--project-name", name, "down", "--volumes", "--remove-orphans"]
    subprocess.run([*words, "--timeout", "0"], cwd="/", capture_output=True, check=False)
    for tag in image_tags(EngineHttp()):
        if tag.startswith((f"{name}-", f"{name}:")):
            with suppress(docker.errors.APIError):
                api.remove_image(tag, force=True)


@pytest.fixture
def memory_registry() -> Iterator[FakeRegistry]:
    """A registry in memory that envctl and the engine reach; no image here is from it later."""
    with FakeRegistry() as registry:
        yield registry
    remove_images(f"{registry.address}/")


@pytest.fixture
def releasable(playground: Playground, memory_registry: FakeRegistry) -> Playground:
    """A project with all that a release needs: committed, locked, and a registry."""
    write_project(playground, memory_registry.address)
    return playground


def remove_images(*beginnings: str) -> None:
    """Take all names that begin so off the engine's images."""
    client = engine()
    for name, _ in image_names(EngineHttp()):
        if name.startswith(beginnings):
            with suppress(docker.errors.ImageNotFound):
                client.images.remove(name, force=True)


@pytest.fixture(scope="session")
def other_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondEngine]:
    """An engine without images, on a machine of its own, with the store of the one under test."""
    if trouble := why_not():
        in_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
        (pytest.fail if in_ci and os.geteuid() == 0 else pytest.skip)(trouble)
    containerd = engine().info()["Driver"] == "overlayfs"
    options = ["--feature", "containerd-snapshotter=true"] if containerd else []
    with second_engine(tmp_path_factory.mktemp("engine"), options) as started:
        yield started


@pytest.fixture
def ended(playground: Playground) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that the test started: ended by their own ID, whatever happens."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def tiny(playground: Playground) -> Playground:
    """The tiny project, written, not up."""
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    playground.write("web/page", "one")
    playground.environment["WEB_PORT"] = str(free_port())
    return playground


def page(tiny: Playground) -> str:
    """Return what the tiny project's web answers."""
    url = f"http://127.0.0.1:{tiny.environment['WEB_PORT']}/"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())

"""Projects with stages, their releases in a registry of their own; and the same as plain Compose.

Names and labels are those of the tests, so that what a killed run leaves is removed by the next.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from envctl.adapters.engine_http import EngineHttp
from envctl.domain.deployment import PROJECT
from tests.e2e.conftest import Playground, eventually, free_port, is_left, new_name, remove_images
from tests.e2e.staging import COMPOSE, DOCKERFILE, SECRET, Staged, clean_stages

FULL = os.environ.get("ENVCTL_BENCH") == "full"
"""Whether to measure as often as a statement needs, not only as often as a look does."""
LAYER = 1 << 18

STACK_DOCKERFILE = """\
FROM busybox:1.35
ARG PART
COPY layers/$PART /layer
COPY --chmod=755 web healthy /app/
COPY www /app/www
"""
_SERVICE = """\
  s{number}:
    {origin}
    init: true
    stop_grace_period: 1s
    command: {command}
    environment: {{GREETING: "${{GREETING:-hello}}"}}
    healthcheck: {{test: [CMD, "true"], interval: 30s, start_period: 20s, start_interval: 100ms}}
"""
_PORT = '    ports: ["${WEB_PORT:-8000}:8000"]\n'
_BUILT = 'build: {{context: app, args: {{PART: "{part}"}}}}'
_IDLE = '[sh, -c, "exec httpd -f -p 8000 -h /bin"]'


def stack(count: int, images: int) -> str:
    """Return a project of `count` services that answer, the first at a port, of so many images."""
    origins = [_BUILT.format(part=number % images) for number in range(count)]
    return _services(origins, "[/app/web]")


def idle_stack(count: int) -> str:
    """Return one of the same shape whose image is on every engine that is measured."""
    return _services(["image: busybox:1.35"] * count, _IDLE)


def _services(origins: Sequence[str], command: str) -> str:
    text = "services:\n"
    for number, origin in enumerate(origins):
        text += _SERVICE.format(number=number, origin=origin, command=command)
        text += "" if number else _PORT
    return text


@dataclass(frozen=True)
class Registry:
    """A registry that only one project has."""

    container: str
    host: str

    def moved(self) -> int:
        """Return how many bytes it has received and sent so far, of whatever kind."""
        one_look: dict[str, Any] = {"stream": False, "one-shot": True}
        stats = EngineHttp().get_json(f"/containers/{self.container}/stats", **one_look)
        return sum(int(n["rx_bytes"]) + int(n["tx_bytes"]) for n in stats["networks"].values())


@dataclass(frozen=True)
class Plain:
    """A Compose project whose images have the tag `TAG`; it answers at `port`."""

    playground: Playground
    port: int

    def words(self, *words: str) -> list[str]:
        """Return a call of Compose."""
        return ["docker", "compose", "--project-name", self.playground.name, *words]

    def environ(self, tag: str = "") -> dict[str, str]:
        """Return the environment of a call."""
        return self.playground.environ({"TAG": tag, "WEB_PORT": str(self.port)})

    def run(self, tag: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Compose to its end, however that is."""
        return subprocess.run(
            self.words(*words),
            cwd=self.playground.folder,
            env=self.environ(tag),
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self, tag: str) -> None:
        """Bring a tag up, which has to work."""
        done = self.run(tag, "up", "--detach", "--wait")
        if done.returncode:
            raise SystemExit(done.stderr)


@dataclass(frozen=True)
class Bench:
    """A project with stages, and its registry."""

    staged: Staged
    registry: Registry

    @property
    def port(self) -> int:
        """Where its first stage answers."""
        return next(iter(self.staged.ports.values()))

    def image(self, service: str, version: str) -> str:
        """Return what people call the image of a service."""
        return f"{self.registry.host}/team/{self.staged.name}/{service}:{version}"

    def as_plain(self, text: str = "") -> str:
        """Return its Compose file with images by their tag instead of builds."""
        model = yaml.safe_load(text or self.staged.compose)
        for name, service in model["services"].items():
            if service.pop("build", None):
                service["image"] = self.image(name, "${TAG}")
        return yaml.safe_dump(model, sort_keys=False)


@contextmanager
def bench(
    stages: Sequence[str] = ("integration",),
    *,
    compose: str = COMPOSE,
    dockerfile: str = DOCKERFILE,
    images: int = 0,
    targets: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Bench]:
    """Yield a project with stages that has no release yet; nothing is left of it afterwards."""
    clean_stages(is_left)
    with folder() as playground, own_registry(playground.name) as registry:
        playground.environment |= environment or {}
        ports = {stage: free_port() for stage in stages}
        staged = Staged(playground, ports, dict(targets or {}), compose, dockerfile, "1s")
        for number in range(images):
            path = playground.write(f"app/layers/{number}", "")
            path.write_bytes(os.urandom(LAYER))
        try:
            staged.write(registry.host)
            yield Bench(staged, registry)
        finally:
            clean_stages(lambda name: name == playground.name)
            remove_images(playground.name, f"{registry.host}/")


@contextmanager
def plain(text: str, environment: Mapping[str, str] | None = None) -> Iterator[Plain]:
    """Yield a plain Compose project that is not up yet; nothing is left of it afterwards."""
    with folder() as playground:
        playground.environment |= environment or {}
        playground.write("compose.yaml", text)
        playground.write("token.txt", SECRET)
        made = Plain(playground, free_port())
        try:
            yield made
        finally:
            made.run("none", "down", "--volumes", "--timeout", "0")


@contextmanager
def folder() -> Iterator[Playground]:
    """Yield the empty folder of a project, which is called after it."""
    with tempfile.TemporaryDirectory() as above:
        name = new_name()
        project = Path(above) / name
        project.mkdir()
        homes = {f"XDG_{kind}_HOME": f"{above}/{kind}" for kind in ("STATE", "DATA", "CACHE")}
        yield Playground(project, name, homes)


@contextmanager
def own_registry(project: str) -> Iterator[Registry]:
    """Yield a registry in a container; it has the project's label and goes with its stages."""
    words = ["docker", "run", "--detach", "--label", f"{PROJECT}={project}"]
    words += ["--env", "REGISTRY_STORAGE_DELETE_ENABLED=true", "--publish", "127.0.0.1::5000"]
    started = _answer(*words, "registry:2")
    try:
        host = _answer("docker", "port", started, "5000/tcp")
        eventually(lambda: _answers(host), f"the registry at {host}", 20)
        yield Registry(started, host)
    finally:
        words = ["docker", "rm", "--force", "--volumes", started]
        subprocess.run(words, capture_output=True, check=False)


def _answers(host: str) -> bool:
    from bench.stages.watch import answer

    return answer(host, "/v2/") is not None


def _answer(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

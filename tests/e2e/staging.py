"""A small project with stages, and the releases that tests deploy: good ones and bad ones."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.adapters.edge.haproxy import NAME as EDGE
from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.engine_stream import await_removal
from envctl.domain.deployment import PROJECT, ROLE, STAGE
from envctl.errors import CommandFailed
from tests.e2e.image_names import image_names
from tests.e2e.releasing import IDENTITY, commit, git

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Answer, Playground

COMPOSE = """\
x-service: &service
  build: app
  init: true
  stop_grace_period: 1s
services:
  web:
    <<: *service
    command: [/app/web]
    ports: ["${WEB_PORT:-8000}:8000"]
    environment: {GREETING: "${GREETING:-hello}"}
    secrets: [token]
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
    healthcheck: &health
      test: [CMD, /app/healthy]
      interval: 1s
      timeout: 2s
      retries: 3
      start_period: 20s
      start_interval: 200ms
  worker:
    <<: *service
    command: [/app/worker]
    x-envctl: {overlap: false}
  migrate:
    <<: *service
    command: [/app/migrate]
    restart: "no"
    depends_on:
      db: {condition: service_healthy}
  db:
    image: busybox:1.35
    init: true
    stop_grace_period: 1s
    command: [sh, -c, "echo ready >/data/index.html && exec httpd -f -p 9000 -h /data"]
    volumes: [data:/data]
    healthcheck:
      <<: *health
      test: [CMD, wget, -qO, /dev/null, "http://127.0.0.1:9000/"]
secrets:
  token: {file: token.txt}
volumes: {data: {}}
"""
LEAN = """\
services:
  web:
    build: app
    init: true
    stop_grace_period: 0s
    command: [/app/web]
    ports: ["${WEB_PORT:-8000}:8000"]
    environment: {GREETING: "${GREETING:-hello}"}
    healthcheck:
      test: [CMD, /app/healthy]
      interval: 1s
      timeout: 2s
      retries: 3
      start_period: 300s
      start_interval: 200ms
"""
DOCKERFILE = "FROM busybox:1.35\nCOPY --chmod=755 . /app\n"
WEB = "#!/bin/sh\nexec httpd -f -p 8000 -h /app/www\n"
HEALTHY = "#!/bin/sh\nwget -qO /dev/null http://127.0.0.1:8000/\n"
WORKER = "#!/bin/sh\nexec sleep 100000\n"
MIGRATE = "#!/bin/sh\nwget -qO /dev/null http://db:9000/\n"
SECRET = "canary-9c1f-of-the-token"

EXITS_AT_ONCE = {"web": "#!/bin/sh\necho it cannot work\nexit 3\n"}
DIES_LATER = {"web": "#!/bin/sh\n(sleep 2; kill 1) &\nhttpd -f -p 8000 -h /app/www & wait $!\n"}
NEVER_HEALTHY = {"healthy": "#!/bin/sh\nexit 1\n"}
BAD_MIGRATION = {"migrate": "#!/bin/sh\necho no such column\nexit 4\n"}


@dataclass
class Staged:
    """A project whose releases are deployed; `ports` are where its stages answer."""

    playground: Playground
    ports: dict[str, int]
    targets: dict[str, str] = field(default_factory=dict)
    compose: str = COMPOSE
    dockerfile: str = DOCKERFILE
    min_healthy: str = "3s"
    drain: str = "5s"

    @property
    def name(self) -> str:
        """The project's name."""
        return self.playground.name

    def write(self, registry: str, **stages: str) -> None:
        """Write the project with its stages; `stages` are further lines of each."""
        playground = self.playground
        playground.environment |= IDENTITY
        lines = [f'name = "{self.name}"', f'registry = "{registry}/team"' if registry else ""]
        for stage, port in self.ports.items():
            target = self.targets.get(stage)
            lines += [
                f"[stages.{stage}]",
                f'env_file = "{stage}.env"',
                f'target = "{target}"' if target else "",
                f'min_healthy = "{self.min_healthy}"',
                f'drain = "{self.drain}"',
                stages.get(stage, ""),
            ]
            playground.write(f"{stage}.env", f"WEB_PORT={port}\nTOKEN_FILE=token.txt\n")
        playground.write("envctl.toml", "\n".join(lines))
        playground.write("compose.yaml", self.compose)
        playground.write("app/Dockerfile", self.dockerfile)
        playground.write("token.txt", SECRET)
        playground.write(".gitignore", "token.txt\n*.env\n")
        answer = playground.envctl("lock")
        assert answer.code == 0, answer.stderr
        git(playground, "init", "--quiet")

    def release(self, version: str, **files: str) -> str:
        """Make a release whose web service answers with its version; returns its digest."""
        said = {"web": WEB, "healthy": HEALTHY, "worker": WORKER, "migrate": MIGRATE, **files}
        for name, text in said.items():
            self.playground.write(f"app/{name}", text)
        self.playground.write("app/www/index.html", f"{version}\n")
        commit(self.playground)
        made = self.json("release", "--version", version)
        return str(made["digest"])

    def run(self, *words: str) -> Answer:
        """Run a command and return how it ended."""
        return self.playground.envctl(*words)

    def done(self, *words: str) -> str:
        """Run a command that has to work; returns what it printed."""
        answer = self.run(*words)
        assert answer.code == 0, f"{words}: {answer.stderr}"
        return answer.stdout

    def json(self, *words: str) -> Any:
        """Run a command that has to work; returns what it said as JSON."""
        return json.loads(self.done(*words, "--json"))

    def promote(self, version: str, stage: str = "integration") -> None:
        """Promote a release to a stage."""
        self.done("promote", stage, "--release", version)

    def deploy(self, stage: str = "integration") -> str:
        """Deploy what was promoted."""
        return self.done("deploy", stage, "--yes")

    def serve(self, version: str, stage: str = "integration") -> None:
        """Make a release and bring it into service on a stage."""
        self.release(version)
        self.promote(version, stage)
        self.deploy(stage)

    def runs(self, stage: str = "integration") -> str:
        """Return the version that a stage runs, as `status` says, whether it is well or not."""
        (found,) = json.loads(self.run("status", stage, "--json").stdout)
        return str(found["running"]["version"]) if found["running"] else ""

    def running(self, stage: str = "integration") -> dict[str, str]:
        """Return the running containers of a stage on this machine's engine with their IDs."""
        labels = [f"{PROJECT}={self.name}", f"{STAGE}={stage}"]
        filters = {"label": labels, "status": ["running"]}
        rows = EngineHttp().get_json("/containers/json", filters=filters)
        own = ("lock", "store")
        return {r["Names"][0][1:]: r["Id"] for r in rows if r["Labels"][ROLE] not in own}

    def container(self, service: str = "web", stage: str = "integration") -> str:
        """Return the name of the one container of a service that runs."""
        (name,) = [name for name in self.running(stage) if f"-{service}-" in name]
        return name


def clean_stages(is_meant: Callable[[str], bool], http: EngineHttp | None = None) -> None:
    """Remove all there is of the stages of projects whose names are meant, edge entries too."""
    http = http or EngineHttp()
    _withdraw(http, is_meant)
    rows = http.get_json("/containers/json", all=True, filters={"label": [PROJECT]})
    for row in rows:
        if is_meant(row["Labels"][PROJECT]):
            _remove(http, row["Id"])
    for kind, found in (
        ("networks", http.get_json("/networks")),
        ("volumes", http.get_json("/volumes")["Volumes"] or []),
    ):
        for name in [row["Name"] for row in found if is_meant(_project_of(row["Name"]))]:
            http.delete(f"/{kind}/{name}")
    for name in [name for name, _ in image_names(http) if is_meant(_project_of(name))]:
        with suppress(CommandFailed):  # a playground has it
            http.delete(f"/images/{name}", force=True)


def clean_host(engine: str, project: str) -> None:
    """Leave a host that serves nobody else as it was before a project of tests had stages there."""
    http = EngineHttp(Endpoint(engine))
    clean_stages(lambda name: name == project, http)
    http.delete(f"/containers/{EDGE}", force=True, v=True)
    http.delete(f"/volumes/{EDGE}")


def forget_images(project: str) -> None:
    """Take all images of a project off this machine's engine that no container has.

    Images of the same files are one image, whichever projects build them.
    """
    http = EngineHttp()
    for image in {image for name, image in image_names(http) if project in name}:
        with suppress(CommandFailed):  # it is in use
            http.delete(f"/images/{image}", force=True)


def _remove(http: EngineHttp, container: str) -> None:
    """Remove a container; somebody else may be at it."""
    try:
        http.delete(f"/containers/{container}", force=True, v=True)
    except CommandFailed as error:
        if "already in progress" not in error.message:
            raise
        await_removal(http, container, 20.0)


def _withdraw(http: EngineHttp, is_meant: Callable[[str], bool]) -> None:
    from envctl.wiring.edge import edge

    proxy = edge(http)
    for stage in proxy.stages():
        words = stage.stage.split("-")
        if any(is_meant("-".join(words[:end])) for end in range(1, len(words))):
            for backing in stage.backings:
                proxy.ensure()  # a test may have taken it down
                proxy.withdraw(stage.stage, backing.deployment)


def _project_of(name: str) -> str:
    """Return the project whose stage a network, volume or image is of, where tests called it."""
    found = re.match(r"(?:\S+/)?(envctl-test-\d+-\d+)[-/:@]", name)
    return found[1] if found else ""

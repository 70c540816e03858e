"""Environments of tests that are tested themselves: a project for them, and what is left."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.image_names import image_tags

if TYPE_CHECKING:
    from tests.e2e.conftest import Answer, Playground

FIXED = """\
services:
  db:
    image: busybox:1.35
    init: true
    container_name: {name}-fixed
    stop_grace_period: 0s
    command: [sh, -c, "echo one > /data/orders; echo db is up; touch /tmp/up; exec sleep 3600"]
    volumes: [data:/data]
    healthcheck: &check
      test: [CMD, test, -e, /tmp/up]
      interval: 1s
      start_period: 20s
      start_interval: 100ms
  web:
    build: web
    image: {name}/web
    init: true
    stop_grace_period: 0s
    ports: ["{port}:80"]
    depends_on: {{db: {{condition: service_healthy}}}}
    healthcheck: *check
volumes:
  data: {{name: {name}-data}}
"""
DATA_IS_KEPT = "[ -e /data/orders ] || echo one > /data/orders"
PROJECT_LABEL = "com.docker.compose.project"


@dataclass
class Subject:
    """A project with tests of its own, run by a pytest of their own."""

    playground: Playground
    port: int
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self) -> None:
        """Write the project: everything is fixed that can be."""
        name, project = (
            self.playground.name,
            FIXED.format(name=self.playground.name, port=self.port),
        )
        project = project.replace("echo one > /data/orders", DATA_IS_KEPT)
        self.playground.write("compose.yaml", f"name: {name}\n{project}")
        self.playground.write("web/Dockerfile", DOCKERFILE)
        self.playground.write("web/page", "one")

    def tests(self, name: str, text: str) -> None:
        """Write a file of tests."""
        self.playground.write(f"{name}.py", text)

    def pytest(self, *options: str) -> Answer:
        """Run them to their end."""
        process = self.start(*options)
        said, complaint = process.communicate(timeout=300)
        from tests.e2e.conftest import Answer

        return Answer(process.returncode, said, complaint)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start them; the fixture ends them."""
        words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options]
        process = subprocess.Popen(
            words,
            cwd=self.playground.folder,
            env=self.playground.environ({"PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": "1"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def environments(self) -> list[str]:
        """Return the names of environments that have anything on the engine."""
        return environments_of(self.playground)

    def left(self) -> list[str]:
        """Return all that is left of environments, here and on the engine."""
        homes = [Path(home) for name, home in self.playground.environment.items() if "XDG" in name]
        pattern = re.compile(rf"{self.playground.name}-test-")
        files = [str(p) for home in homes for p in home.rglob("*") if pattern.search(p.name)]
        names = [tag for tag in image_tags(EngineHttp()) if pattern.search(tag)]
        return [*self.environments(), *names, *files]


DOCKERFILE = """\
FROM busybox:1.35
COPY page /www/index.html
CMD ["sh", "-c", "echo web is up; touch /tmp/up; exec httpd -f -p 80 -h /www"]
"""


def environments_of(playground: Playground) -> list[str]:
    """Return the names of a project's environments that have anything on the engine."""
    http = EngineHttp()
    rows = [
        *http.get_json("/containers/json", all=True),
        *http.get_json("/networks"),
        *(http.get_json("/volumes").get("Volumes") or []),
    ]
    names = {str((row.get("Labels") or {}).get(PROJECT_LABEL, "")) for row in rows}
    return sorted(name for name in names if name.startswith(f"{playground.name}-test-"))


def snapshots_of(playground: Playground) -> list[str]:
    """Return the names of a project's snapshots."""
    answer = playground.envctl("snapshot", "list", "--json")
    return [row["name"] for row in json.loads(answer.stdout)]

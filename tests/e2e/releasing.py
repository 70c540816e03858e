"""A small project in Git whose releases go to a registry of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fake_registry import FakeRegistry

if TYPE_CHECKING:
    from tests.e2e.conftest import Playground

COMPOSE = """\
services:
  api: &service
    build: api
    init: true
    stop_grace_period: 0s
    command: [sleep, "3600"]
  web:
    <<: *service
    build: web
  db:
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    command: [sleep, "3600"]
    volumes: [data:/data]
volumes: {data: {}}
"""
DOCKERFILE = "FROM busybox:1.35\nCOPY page /page\n"
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


def write_project(playground: Playground, registry: str) -> None:
    """Write the project, lock its images and commit all of it; `registry` is where it releases."""
    playground.environment |= IDENTITY
    playground.write("envctl.toml", f'name = "{playground.name}"\nregistry = "{registry}/team"\n')
    playground.write("compose.yaml", COMPOSE)
    for service in ("api", "web"):
        playground.write(f"{service}/Dockerfile", DOCKERFILE)
        playground.write(f"{service}/page", f"{service} of {playground.name}")
    answer = playground.envctl("lock")
    assert answer.code == 0, answer.stderr
    git(playground, "init", "--quiet")
    commit(playground)


def git(playground: Playground, *words: str) -> str:
    """Run Git in the project."""
    return subprocess.run(
        ["git", *words],
        cwd=playground.folder,
        env=playground.environ({}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def commit(playground: Playground) -> None:
    """Commit all there is."""
    git(playground, "add", "--all")
    git(playground, "commit", "--quiet", "--message", "a change")


def release(playground: Playground, *words: str) -> dict[str, Any]:
    """Make a release and expect it to work; returns what was said of it."""
    made: dict[str, Any] = said(playground, "release", *words)
    return made


def said(playground: Playground, *words: str) -> Any:
    """Return what a command says as JSON."""
    answer = playground.envctl(*words, "--json")
    assert answer.code == 0, answer.stderr
    return json.loads(answer.stdout)


def steps(of: dict[str, Any]) -> list[str]:
    """Return the steps of a plan in short."""
    return [f"{step['action']} {step['subject']}" for step in of["steps"]]


def repository(playground: Playground) -> str:
    """Return where in the registry the project is."""
    return f"team/{playground.name}"


def everything(registry: FakeRegistry) -> dict[str, dict[str, str]]:
    """Return the digests of all tags of a registry, by repository."""
    return {name: dict(one.tags) for name, one in registry.repositories.items() if one.tags}


def missing(registry: FakeRegistry, playground: Playground) -> list[str]:
    """Return what a registry does not have of the releases in it."""
    here = registry.repository(repository(playground))
    wanted = [digest for tag, digest in here.tags.items() if tag.startswith("r.")]
    lost: list[str] = []
    while wanted:
        digest = wanted.pop()
        if digest not in here.manifests:
            lost.append(digest)
            continue
        manifest = json.loads(here.manifests[digest][1])
        wanted += [child["digest"] for child in manifest.get("manifests", ())]
        blobs = [manifest["config"], *manifest["layers"]] if "config" in manifest else []
        lost += [blob["digest"] for blob in blobs if blob["digest"] not in here.blobs]
    return lost


def forget(registry: FakeRegistry) -> None:
    """Empty a registry."""
    with registry.lock:
        registry.repositories.clear()
        registry.content.clear()
        registry.requests.clear()


def writes(registry: FakeRegistry) -> list[str]:
    """Return the requests that may have changed a registry."""
    return [words for words in registry.requests if words.split()[0] not in ("GET", "HEAD")]


def clone(playground: Playground, folder: Path) -> Playground:
    """Return a clone of the project at another place, with a memory of its own."""
    subprocess.run(
        ["git", "clone", "--quiet", str(playground.folder), str(folder)],
        env=playground.environ({}),
        check=True,
    )
    homes = {
        f"XDG_{kind.upper()}_HOME": str(folder.with_name(f"{folder.name}-{kind}"))
        for kind in ("state", "cache", "data")
    }
    return replace(playground, folder=folder, environment=playground.environment | homes)

"""One commit on two machines with one registry: built once, released as the same."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from envctl.adapters.engine_address import Endpoint
from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import Playground
from tests.e2e.image_names import image_tags
from tests.e2e.releasing import clone, everything, release, said, steps, writes
from tests.e2e.second_engine import SecondEngine
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


@dataclass
class Elsewhere(Playground):
    """A playground on another machine."""

    machine: SecondEngine | None = None

    def words(self, *arguments: str) -> list[str]:
        """Return the call of envctl, there."""
        assert self.machine
        return self.machine.inside(*super().words(*arguments))


@pytest.fixture
def elsewhere(
    releasable: Playground,
    memory_registry: FakeRegistry,
    other_machine: SecondEngine,
    tmp_path: Path,
) -> Iterator[Playground]:
    """A clone of the project on another machine, at another path; the registry is one."""
    here = clone(releasable, tmp_path / "on another machine" / "shop")
    there = here.environment | other_machine.environment
    port = int(memory_registry.address.rpartition(":")[2])
    with closing(other_machine.listen(port)) as door:
        memory_registry.serve(door)
        yield Elsewhere(here.folder, here.name, there, machine=other_machine)
    words = ["compose", "-p", here.name, "down", "--volumes", "--timeout", "0"]
    at = ["docker", "--host", there["DOCKER_HOST"]]
    subprocess.run([*at, *words], cwd="/", capture_output=True, check=True)
    subprocess.run([*at, "image", "prune", "--all", "--force"], capture_output=True, check=True)


def images(machine: SecondEngine) -> list[str]:
    return image_tags(EngineHttp(Endpoint(f"unix://{machine.address}")))


def test_the_second_machine_builds_and_pushes_nothing_and_gets_the_same_release(
    releasable: Playground,
    elsewhere: Playground,
    other_machine: SecondEngine,
    memory_registry: FakeRegistry,
) -> None:
    first = release(releasable)
    assert steps(first)[:3] == ["build api", "build web", "push api"]
    tags = everything(memory_registry)
    memory_registry.requests.clear()
    second = release(elsewhere)
    assert second == first | {"steps": []}
    assert writes(memory_registry) == []
    assert everything(memory_registry) == tags
    assert images(other_machine) == []


def test_the_second_machine_runs_what_the_first_has_built(
    releasable: Playground, elsewhere: Playground, other_machine: SecondEngine
) -> None:
    release(releasable)
    plan = steps(said(elsewhere, "up", "api", "web", "--dry-run"))
    assert [step for step in plan if step.startswith(("build", "pull"))] == ["pull api", "pull web"]
    elsewhere.up("api", "web")
    assert f"{elsewhere.name}-api:latest" in images(other_machine)

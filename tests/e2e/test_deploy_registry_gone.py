"""A registry that goes away while a stage changes: nothing is half, and nothing is lost."""

from __future__ import annotations

import json
import time

import pytest

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import Answer
from tests.e2e.registry_door import RegistryDoor
from tests.e2e.staging import Staged, forget_images
from tests.e2e.traffic import visitors
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


def is_clear(answer: Answer, words: str) -> bool:
    return words in answer.stderr and "Traceback" not in answer.stderr


def kinds(staged: Staged) -> list[tuple[str, str, bool]]:
    """Return the records of integration, the oldest first."""
    records = staged.json("history", "integration")
    return [(r["event"]["kind"], r["event"]["version"], bool(r["late"])) for r in reversed(records)]


def test_gone_before_the_image_is_there_the_old_release_serves_and_the_next_command_goes_on(
    behind: Staged, door: RegistryDoor, memory_registry: FakeRegistry
) -> None:
    behind.serve("1.0")
    before = behind.running()
    behind.release("2.0")
    behind.promote("2.0")
    forget_images(behind.name)
    # what is looked at last before the engine asks, which begins so
    digest = memory_registry.repositories[f"team/{behind.name}/web"].tags["2.0"]
    door.shut_at(f"GET /v2/team/{behind.name}/manifests/{digest}", "GET /v2/")
    with visitors("127.0.0.1", behind.ports["integration"]) as seen:
        answer = behind.run("deploy", "integration")
    assert answer.code == 4, answer.stderr
    assert is_clear(answer, "cannot pull"), answer.stderr
    assert set(seen.answers) == {"1.0"}
    assert not seen.failures
    assert behind.running() == before, "nothing of the new one is left"
    assert behind.runs() == "1.0", "status knows without the registry"
    door.open()
    behind.deploy()
    assert behind.runs() == "2.0"


def test_gone_before_the_last_record_the_deploy_is_completed_and_its_record_joins_later(
    behind: Staged, door: RegistryDoor
) -> None:
    behind.serve("1.0")
    behind.release("2.0")
    behind.promote("2.0")
    process = behind.playground.start("deploy", "integration")
    assert process.stderr
    with visitors("127.0.0.1", behind.ports["integration"]) as seen:
        for line in process.stderr:
            if line.startswith("prove"):
                door.shut()
                break
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert seen.order == ["1.0", "2.0"]
    assert behind.runs() == "2.0"
    door.open()
    assert kinds(behind)[-1] == ("deploy started", "2.0", False)
    behind.deploy()
    assert kinds(behind)[-1] == ("deployed", "2.0", True)
    behind.promote("2.0", "production")


def test_a_rollback_needs_no_registry_and_its_record_joins_later(
    behind: Staged, door: RegistryDoor, memory_registry: FakeRegistry
) -> None:
    behind.serve("1.0")
    behind.serve("2.0")
    began = time.time()
    asked = len(memory_registry.requests)
    door.shut()
    with visitors("127.0.0.1", behind.ports["integration"]) as seen:
        behind.done("rollback", "integration", "--reason", "orders get lost")
    assert not seen.failures
    assert seen.order == ["2.0", "1.0"]
    assert len(memory_registry.requests) == asked, "no byte came from there"
    assert pulls(behind.name, began) == []
    answer = behind.run("history", "integration")
    assert answer.code == 4
    assert is_clear(answer, "no registry answers"), answer.stderr
    (status,) = behind.json("status", "integration")
    assert (status["running"]["version"], status["hold"]) == ("1.0", "orders get lost")
    door.open()
    behind.promote("2.0")
    assert kinds(behind)[-3:] == [
        ("rollback started", "1.0", True),
        ("rolled back", "1.0", True),
        ("promoted", "2.0", False),
    ]
    behind.deploy()
    assert behind.runs() == "2.0"


def pulls(project: str, since: float) -> list[str]:
    """Return what the engine has pulled for a project since then."""
    times = {"since": f"{since:.6f}", "until": f"{time.time():.6f}"}
    filters = {"type": ["image"], "event": ["pull"]}
    with EngineHttp().stream("/events", silence=30.0, filters=filters, **times) as said:
        names = [str(json.loads(line)["Actor"]["ID"]) for line in b"".join(said).splitlines()]
    return [name for name in names if project in name]

"""A release that cannot come into service leaves the former one serving, and nothing of itself."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.conftest import Answer
from tests.e2e.staging import Staged, forget_images
from tests.e2e.traffic import visitors
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


@contextmanager
def untouched(lean: Staged) -> Iterator[None]:
    """Expect that 1.0 serves all the while, and that nothing else is there afterwards."""
    before = lean.running()
    with visitors("127.0.0.1", lean.ports["integration"]) as seen:
        yield
    assert not seen.failures
    assert set(seen.answers) == {"1.0"}
    assert lean.running() == before
    assert lean.runs() == "1.0"


def failed(answer: Answer, code: int, words: str, hint: str) -> None:
    """Expect a command to have ended so, and clearly."""
    assert (answer.code, "Traceback" in answer.stderr) == (code, False), answer.stderr
    error, _, advice = answer.stderr[answer.stderr.rfind("error: ") :].partition("\nhint: ")
    assert words in error, answer.stderr
    assert hint in advice, answer.stderr


def test_an_image_that_the_registry_has_lost(lean: Staged, memory_registry: FakeRegistry) -> None:
    lean.serve("1.0")
    digest = lean.release("2.0")
    lean.promote("2.0")
    repository = memory_registry.repository(f"team/{lean.name}")
    index = json.loads(repository.manifests[digest][1])
    image = memory_registry.repositories[f"team/{lean.name}/web"].tags["2.0"]
    assert image in [child["digest"] for child in index["manifests"]]
    kept = repository.manifests.pop(image)
    forget_images(lean.name)
    with untouched(lean):
        answer = lean.run("deploy", "integration")
    failed(answer, 1, "cannot pull", "the registry has lost it: make the release again")
    repository.manifests[image] = kept
    lean.deploy()
    assert lean.runs() == "2.0"


def test_a_port_that_another_program_has(lean: Staged) -> None:
    lean.serve("1.0")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        lean.playground.write("integration.env", f"WEB_PORT={port}\n")
        lean.release("2.0")
        lean.promote("2.0")
        with untouched(lean):
            answer = lean.run("deploy", "integration")
        failed(answer, 5, f"something listens already on port {port} (for web)", "end it, or give")
    lean.deploy()
    with visitors("127.0.0.1", port) as seen:
        assert lean.runs() == "2.0"
    assert set(seen.answers) == {"2.0"}

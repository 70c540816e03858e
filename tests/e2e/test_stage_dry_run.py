"""A dry run of what changes stages writes nothing: to no engine, no registry and no file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.read_only_engine import read_only_engine
from tests.e2e.releasing import everything, writes
from tests.e2e.staging import Staged
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


@contextmanager
def nothing_written(lean: Staged, registry: FakeRegistry, folder: Path) -> Iterator[str]:
    """Yield the address of an engine that refuses to be written to; nothing may have tried."""
    files, tags = sorted(folder.rglob("*")), everything(registry)
    registry.requests.clear()
    with read_only_engine(folder) as (address, refused):
        yield address
    assert refused == []
    assert writes(registry) == []
    assert everything(registry) == tags
    assert [path for path in sorted(folder.rglob("*")) if path.name != "engine.sock"] == files


def planned(lean: Staged, address: str, *words: str) -> list[str]:
    """Return the first words of the steps that a dry run prints."""
    answer = lean.playground.envctl(*words, "--dry-run", DOCKER_HOST=address)
    assert answer.code == 0, answer.stderr
    return [line.partition(" ")[0] for line in answer.stdout.splitlines()]


def test_before_the_first_deploy(
    lean: Staged, memory_registry: FakeRegistry, tmp_path: Path
) -> None:
    lean.release("1.0")
    with nothing_written(lean, memory_registry, tmp_path) as address:
        steps = planned(lean, address, "promote", "integration", "--release", "1.0")
        assert steps == ["record", "tag"]
        steps = planned(lean, address, "deploy", "integration", "--release", "1.0")
        assert steps[:5] == ["record", "tag", "tag", "record", "keep"], "promoted first"


def test_where_something_runs(lean: Staged, memory_registry: FakeRegistry, tmp_path: Path) -> None:
    lean.serve("1.0")
    lean.serve("2.0")
    lean.release("3.0")
    lean.promote("3.0")
    before = lean.running()
    with nothing_written(lean, memory_registry, tmp_path) as address:
        for words in (("deploy", "integration"), ("rollback", "integration")):
            steps = planned(lean, address, *words)
            assert {"record", "start", "switch", "drain", "stop"} <= set(steps)
        assert planned(lean, address, "promote", "production") == ["record", "tag"]
        assert planned(lean, address, "unlock", "integration", "--reason", "x") == []
    assert lean.running() == before


def test_the_real_run_is_refused_there(lean: Staged, tmp_path: Path) -> None:
    """The counter-proof: what a dry run leaves out, the engine in between would have seen."""
    lean.release("1.0")
    lean.promote("1.0")
    with read_only_engine(tmp_path) as (address, refused):
        answer = lean.playground.envctl("deploy", "integration", DOCKER_HOST=address)
    assert answer.code != 0
    assert refused
    assert lean.running() == {}

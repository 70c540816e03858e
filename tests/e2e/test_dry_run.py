"""A dry run can write nothing: tried on an engine that refuses to be written to."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from envctl.adapters.context_tree import ContextReader
from envctl.adapters.engine import HttpEngineReader
from envctl.adapters.memory import FileMemory
from tests.e2e.conftest import Playground
from tests.e2e.read_only_engine import read_only_engine

pytestmark = pytest.mark.engine

READING = {
    HttpEngineReader: {
        "containers",
        "image_ids",
        "networks",
        "volumes",
        "guests",
        "labelled",
        "lasting_volumes",
        "logs",
        "changes",
        "host",
    },
    ContextReader: {"bases", "digests", "documents"},
    FileMemory: {"edited", "recall"},
}


@pytest.mark.parametrize("reader", READING, ids=lambda reader: reader.__name__)
def test_the_adapters_of_a_dry_run_have_no_writing_method(reader: type) -> None:
    methods = {name for name, _ in inspect.getmembers(reader, inspect.isfunction)}
    assert {name for name in methods if not name.startswith("_")} == READING[reader]


def test_a_dry_run_works_where_nothing_can_be_written(tiny: Playground, tmp_path: Path) -> None:
    state = sorted(tmp_path.rglob("*"))
    with read_only_engine(tmp_path) as (address, refused):
        answer = tiny.envctl("up", "--dry-run", DOCKER_HOST=address)
    assert answer.code == 0, answer.stderr
    assert answer.stdout.splitlines() == [
        "build web: never built here",
        "create db: no container",
        "create job: no container",
        "create web: no container",
    ]
    assert refused == []
    assert [path for path in sorted(tmp_path.rglob("*")) if "engine.sock" not in path.name] == state


def test_the_real_run_is_refused_there(tiny: Playground, tmp_path: Path) -> None:
    """The counter-proof: what a dry run leaves out, the engine in between would have seen."""
    with read_only_engine(tmp_path) as (address, refused):
        answer = tiny.envctl("up", DOCKER_HOST=address)
    assert answer.code != 0
    assert refused
    assert tiny.containers() == []


def test_a_dry_run_of_down_removes_nothing(tiny: Playground, tmp_path: Path) -> None:
    tiny.up("db")
    with read_only_engine(tmp_path) as (address, refused):
        answer = tiny.envctl("down", "--volumes", "--dry-run", DOCKER_HOST=address)
    assert answer.stdout.splitlines() == [
        "remove db: 1 container, running; killed",
        f"remove network {tiny.name}_default: it belongs to this playground",
        f"remove volume {tiny.name}_data: --volumes",
    ]
    assert refused == []
    assert tiny.container("db").status == "running"

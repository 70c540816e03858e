"""`down` and its dry run."""

from __future__ import annotations

from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.workflows.down import down, prepare_down
from tests.fakes import FakeEngine, FakeMemory, FakeReporter

WEB = Service("web", "web:1")


def _engine() -> FakeEngine:
    engine = FakeEngine(Project("shop", (WEB,)), data=("shop_data",), network=True)
    engine.put(WEB, state="running")
    return engine


def _down(engine: FakeEngine, memory: FakeMemory, *, volumes: bool) -> None:
    removal = prepare_down(engine, "shop", volumes=volumes)
    down(removal, engine, engine, memory, FakeReporter())


def test_looking_removes_nothing() -> None:
    engine = _engine()
    assert prepare_down(engine, "shop", volumes=True).plan
    assert engine.calls == []


def test_down_lets_compose_remove_and_forgets() -> None:
    engine, memory = _engine(), FakeMemory({"id-1": "def"})
    _down(engine, memory, volumes=False)
    assert engine.calls == ["remove"]
    assert engine.containers("shop") == ()
    assert engine.data == ("shop_data",)
    assert memory.recall() == {}


def test_down_with_volumes_kills_and_leaves_nothing() -> None:
    engine, memory = _engine(), FakeMemory({"id-1": "def"})
    _down(engine, memory, volumes=True)
    assert engine.calls == [
        "kill shop-web-1",
        "remove networks shop_default",
        "remove volumes shop_data",
    ]
    assert memory.recall() == {}


def test_nothing_there_is_left_alone() -> None:
    engine = FakeEngine(Project("shop", (WEB,)))
    _down(engine, FakeMemory(), volumes=True)
    assert engine.calls == []

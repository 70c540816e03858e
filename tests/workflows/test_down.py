"""`down` and its dry run."""

from __future__ import annotations

from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.workflows.down import down, prepare_down
from tests.fakes import FakeEngine, FakeMemory, FakeReporter

WEB = Service("web", "web:1")


def _engine() -> FakeEngine:
    engine = FakeEngine(Project("shop", (WEB,)))
    engine.put(WEB, state="running")
    return engine


def test_looking_removes_nothing() -> None:
    engine = _engine()
    assert str(prepare_down(engine, "shop", volumes=True)) == "remove web: 1 container, running"
    assert engine.calls == []


def test_down_removes_and_forgets() -> None:
    engine, memory = _engine(), FakeMemory({"id-1": "def"})
    down(prepare_down(engine, "shop", volumes=False), engine, memory, FakeReporter(), volumes=False)
    assert engine.calls == ["remove"]
    assert engine.containers("shop") == ()
    assert memory.recall() == {}


def test_down_passes_on_that_data_is_to_go() -> None:
    engine = _engine()
    down(
        prepare_down(engine, "shop", volumes=True),
        engine,
        FakeMemory(),
        FakeReporter(),
        volumes=True,
    )
    assert engine.calls == ["remove volumes"]


def test_nothing_there_is_left_alone() -> None:
    engine = FakeEngine(Project("shop", (WEB,)))
    plan = prepare_down(engine, "shop", volumes=True)
    down(plan, engine, FakeMemory(), FakeReporter(), volumes=True)
    assert engine.calls == []

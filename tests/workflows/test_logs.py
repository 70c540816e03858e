"""Lines of several services, in the order of time."""

from __future__ import annotations

import pytest

from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.errors import UsageError
from envctl.workflows.logs import logs
from tests.fakes import FakeEngine

API, WEB = Service("api", "api:1"), Service("web", "web:1")


def _quiet(text: str) -> None:
    raise AssertionError(text)


def _engine() -> FakeEngine:
    engine = FakeEngine(Project("shop", (API, WEB)), output={"api": ["a0", "a1"], "web": ["w0"]})
    engine.put(API, state="running")
    engine.put(WEB, state="running")
    return engine


def test_lines_are_merged_by_time() -> None:
    engine = _engine()
    assert [line.text for line in logs(engine, engine.project, (), _quiet)] == ["a0", "w0", "a1"]


def test_only_the_named_services_are_shown() -> None:
    engine = _engine()
    assert [line.text for line in logs(engine, engine.project, ("web",), _quiet)] == ["w0"]


def test_the_last_lines_are_counted_per_container() -> None:
    engine = _engine()
    assert [line.text for line in logs(engine, engine.project, (), _quiet, tail=1)] == ["w0", "a1"]


def test_an_unknown_service_is_refused() -> None:
    engine = _engine()
    with pytest.raises(UsageError, match="no service 'wbe'"):
        logs(engine, engine.project, ("wbe",), _quiet)


def test_an_unreadable_output_is_noted_and_the_others_are_shown() -> None:
    engine = _engine()
    engine.unreadable = frozenset({"api"})
    notes: list[str] = []
    lines = logs(engine, engine.project, (), notes.append)
    assert [line.text for line in lines] == ["w0"]
    assert notes == ["the output of shop-api-1 cannot be read: this log driver has no reader"]

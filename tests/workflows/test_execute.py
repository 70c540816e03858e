"""A command in a running container, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.errors import Refused, UsageError
from envctl.workflows.execute import execute
from tests.fakes import FakeEngine

WEB = Service("web", "web:1")


@dataclass
class FakeTerminal:
    """Answers every command with 7."""

    calls: list[str] = field(default_factory=list)

    def run(
        self,
        project: str,
        service: str,
        command: Sequence[str],
        *,
        index: int,
        user: str,
        tty: bool,
    ) -> int:
        self.calls.append(f"{project} {service}.{index} {' '.join(command)}")
        return 7


def _engine(**changes: object) -> FakeEngine:
    engine = FakeEngine(Project("shop", (WEB,)))
    if changes:
        engine.put(WEB, **changes)
    return engine


def test_the_command_runs_and_its_exit_code_comes_back() -> None:
    engine, terminal = _engine(state="running"), FakeTerminal()
    assert execute(engine, terminal, engine.project, "web", ["ls", "-l"]) == 7
    assert terminal.calls == ["shop web.1 ls -l"]


@pytest.mark.parametrize(
    ("changes", "said"), [({}, "not created"), ({"state": "exited"}, "exited")]
)
def test_a_service_that_does_not_run_is_refused(changes: dict[str, object], said: str) -> None:
    engine, terminal = _engine(**changes), FakeTerminal()
    with pytest.raises(Refused, match=said) as error:
        execute(engine, terminal, engine.project, "web", ["ls"])
    assert error.value.hint == "envctl up web starts it"
    assert terminal.calls == []


def test_a_number_that_no_container_has_is_refused() -> None:
    engine = _engine(state="running")
    with pytest.raises(UsageError, match="web has 1 containers, there is no number 2"):
        execute(engine, FakeTerminal(), engine.project, "web", ["ls"], index=2)


def test_an_unknown_service_is_refused() -> None:
    engine = _engine(state="running")
    with pytest.raises(UsageError, match="no service 'wbe'"):
        execute(engine, FakeTerminal(), engine.project, "wbe", ["ls"])

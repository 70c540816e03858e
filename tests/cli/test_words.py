from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from rich.text import Text

from envctl.cli.screen import paint
from envctl.cli.table import Coloured
from envctl.cli.words import PHASE_STYLES, console, error_lines, print_json, print_plan, print_table
from envctl.domain.plan import Action, Plan, Step, Wave
from envctl.domain.readiness import Phase
from envctl.errors import Refused

PLAN = Plan(
    (Step(Action.BUILD, "api", "its inputs changed", source="a:i.1", target="a:latest"),),
    (Wave((Step(Action.REPLACE, "api", "its image changes"),)),),
)


def test_an_error_is_details_sentence_and_hint() -> None:
    error = Refused("not now", hint="later", details=("a", "b"))
    assert error_lines(error) == ["a", "b", "error: not now", "hint: later"]


def test_a_plan_is_a_step_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(PLAN, as_json=False)
    assert capsys.readouterr().out == (
        "build api: its inputs changed\nreplace api: its image changes\n"
    )


def test_an_empty_plan_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(Plan(), as_json=False)
    assert capsys.readouterr().out == "nothing to do\n"


def test_a_plan_as_json_has_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(PLAN, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "steps": [
            {"action": "build", "subject": "api", "cause": "its inputs changed"},
            {"action": "replace", "subject": "api", "cause": "its image changes"},
        ]
    }


def test_an_empty_plan_as_json_has_no_steps(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(Plan(), as_json=True)
    assert json.loads(capsys.readouterr().out) == {"steps": []}


@dataclass(frozen=True)
class Pair:
    left: str
    right: tuple[int, ...]


def test_values_of_ours_become_objects(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([Pair("a", (1, 2))])
    assert json.loads(capsys.readouterr().out) == [{"left": "a", "right": [1, 2]}]


def test_what_has_no_json_form_is_not_guessed() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        print_json(object())


def test_a_table_in_a_pipe_is_aligned_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("SERVICE", "STATE"), [("api", Coloured("healthy", "green")), ("db", "x" * 200)])
    assert capsys.readouterr().out == f"SERVICE  STATE\napi      healthy\ndb       {'x' * 200}\n"


def test_every_phase_has_a_style() -> None:
    assert set(PHASE_STYLES) == set(Phase)
    assert all(paint("x", style) != "x" for style in PHASE_STYLES.values())


def test_colours_are_for_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    console().print(Text("word", "red"))
    assert capsys.readouterr().out == "word\n"


def test_no_color_is_respected_where_there_would_be_colours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console().print(Text("word", "red"))
    assert "\x1b[31m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    console().print(Text("word", "red"))
    assert capsys.readouterr().out == "word\n"

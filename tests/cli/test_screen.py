from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest

from envctl.cli.screen import columns, has_colours, paint


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


def test_a_terminal_has_colours_and_a_pipe_has_none(terminal: TextIO) -> None:
    assert has_colours(terminal)
    assert not has_colours(io.StringIO())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(
    terminal: TextIO, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert not has_colours(terminal)


def test_an_empty_no_color_does_not_count(
    terminal: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert has_colours(terminal)


@pytest.mark.parametrize(
    ("said", "expected"), [("100", 100), ("0", 70), ("", 70), ("wide", 70), ("-5", 70)]
)
def test_columns_is_believed_where_it_is_a_width(
    monkeypatch: pytest.MonkeyPatch, said: str, expected: int
) -> None:
    monkeypatch.setenv("COLUMNS", said)
    assert columns(io.StringIO(), 70) == expected


def test_a_terminal_of_no_known_size_is_taken_for_a_common_one(terminal: TextIO) -> None:
    assert columns(terminal) == 80


def test_a_style_is_words() -> None:
    assert paint("x", "bold red") == "\x1b[1;31mx\x1b[0m"
    assert paint("x", "") == "x"

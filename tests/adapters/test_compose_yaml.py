"""What Compose prints is read as Compose means it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.adapters.compose_yaml import read_yaml, readable_yaml, write_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: =", "="),
        ("a: <<", "<<"),
        ("a: 2026-13-45", "2026-13-45"),
        ("a: 2001-12-14 21:59:43 -5", "2001-12-14 21:59:43 -5"),
        ("a: on", "on"),
        ("a: 1:30", "1:30"),
        ("a: true", True),
        ("a: null", None),
        ("a:", None),
        ("a: 12", 12),
        ("a: 0.5", 0.5),
        ('a: "12"', "12"),
        ("a: {<<: x}", {"<<": "x"}),
    ],
)
def test_a_plain_word_is_a_string_unless_it_is_clearly_more(text: str, value: object) -> None:
    assert read_yaml(text) == {"a": value}


@pytest.mark.parametrize("word", ["0E0", "1e3", "0o17", "12", "1.", "true", "null", "on", "1:30"])
def test_a_string_that_looks_like_more_is_quoted(word: str) -> None:
    assert write_yaml({"a": word}) == f"a: '{word}'\n"


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.booleans() | st.none()))
def test_what_is_written_comes_back(model: dict[str, object]) -> None:
    assert read_yaml(write_yaml(model)) == model


def test_people_read_line_by_line() -> None:
    said = readable_yaml(b'{"b": {"content": "one\\n  two $$x\\n"}, "a": ["1", 2]}')
    assert said.decode().splitlines() == [
        "b:",
        "  content: |",
        "    one",
        "      two $$x",
        "a:",
        "- '1'",
        "- 2",
    ]

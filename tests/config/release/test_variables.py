from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.config.release.variables import FILLED, defaults_in, has_variable, literal


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain", "plain"),
        ("${A}", FILLED),
        ("$A", FILLED),
        ("${A:?why}", FILLED),
        ("${A:-word}", "word"),
        ("${A-word}", "word"),
        ("${A:+word}", "word"),
        ("${A:-${B:-word}}", "word"),
        ("${A:-${B}}", FILLED),
        ("${A:-$B}", FILLED),
        ("a${B}c", f"a{FILLED}c"),
        ("--password ${P} --user u", f"--password {FILLED} --user u"),
        ("${A}${B} c", f"{FILLED} c"),
        ("http://u:${A}@h", "http://u:@h"),
        ("cost $$5", "cost $5"),
        ("p=$$PASSWORD", f"p={FILLED}"),
        ("p=$${PASSWORD}", f"p={FILLED}"),
        ("p=$$(cat /run/secrets/p)", f"p={FILLED}"),
        ("$", "$"),
        ("${", "${"),
    ],
)
def test_what_the_file_itself_says_is_left(text: str, said: str) -> None:
    assert literal(text) == said


@pytest.mark.parametrize(
    ("text", "there"), [("$A", True), ("a${B}", True), ("$$A", False), ("$$$A", True), ("$", False)]
)
def test_a_doubled_dollar_is_no_variable(text: str, there: bool) -> None:
    assert has_variable(text) is there


def test_defaults_are_told_with_their_variables() -> None:
    text = "${A:-one}${B-two}${C:-}${D:?three}${E:-${F:-four}}$${G:-five}${H:-$I}"
    assert [(d.name, d.text) for d in defaults_in(text)] == [
        ("A", "one"),
        ("B", "two"),
        ("F", "four"),
        ("E", "four"),
    ]


@given(st.text("$aB_{}:-?+ ()"))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(literal(text), str)
    assert all(default.text for default in defaults_in(text))

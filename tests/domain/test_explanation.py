"""What differs between the inputs of two images."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.explanation import KnownInputs, as_text, differences, from_text, known
from envctl.domain.inputs import Entry, InputDocument, Inputs

FILE = Entry("main.py", "file", "a" * 64)


def _inputs(*entries: Entry, **document: Any) -> KnownInputs:
    return KnownInputs("", {"scheme": 2, **document}, {"": tuple(entries)})


def _told(before: KnownInputs, after: KnownInputs) -> list[str]:
    return [str(difference) for difference in differences(before, after)]


def test_the_same_inputs_have_no_differences() -> None:
    assert differences(_inputs(FILE, target="a"), _inputs(FILE, target="a")) == ()


@pytest.mark.parametrize(
    ("key", "before", "after", "said"),
    [
        ("platforms", ["linux/amd64"], ["linux/arm64"],
         'platform: ["linux/amd64"] -> ["linux/arm64"]'),
        ("target", "", "prod", 'target: "" -> prod'),
        ("dockerfile", "a" * 64, "b" * 64, "the Dockerfile: aaaaaaaaaaaa -> bbbbbbbbbbbb"),
        ("arguments", {"A": "1"}, {"A": ""}, 'build argument A: 1 -> ""'),
        ("arguments", {}, {"A": "1"}, "build argument A: new, 1"),
        ("arguments", {"A": "1"}, {}, "build argument A: gone, was 1"),
        ("bases", {"debian:12": "sha256:1"}, {"debian:12": "sha256:2"},
         "image debian:12: sha256:1 -> sha256:2"),
        ("ignore", {"": ["*.pyc"]}, {"": ["*.pyc", "a"]},
         'ignore rules: ["*.pyc"] -> ["*.pyc", "a"]'),
        ("settings", {"network": "host"}, {}, "build setting network: gone, was host"),
        ("services", {"base": "a" * 64}, {"base": "b" * 64},
         "service as context base: aaaaaaaaaaaa -> bbbbbbbbbbbb"),
    ],
)  # fmt: skip
def test_every_input_is_told_by_name(key: str, before: Any, after: Any, said: str) -> None:
    assert _told(_inputs(**{key: before}), _inputs(**{key: after})) == [said]


def test_a_secret_is_not_kept_and_its_change_is_told() -> None:
    def inputs(token: str) -> Inputs:
        arguments = {"API_TOKEN": token, "BUILD": "1"}
        document = InputDocument(("linux/amd64",), "a" * 64, {}, arguments=arguments)
        return Inputs(document, document.digest, dict)

    one, other = known(inputs("first-word")), known(inputs("second-word"))
    assert "first-word" not in as_text(one)
    assert _told(one, known(inputs("first-word"))) == []
    assert _told(one, other) == ["a build argument that looks like a secret: ******** -> ********"]


def test_files_are_told_by_their_paths() -> None:
    after = (Entry("a", "dir"), Entry("main.py", "exec", "b" * 64), Entry("x", "link", "y"))
    assert _told(_inputs(FILE, Entry("old", "file", "c" * 64)), _inputs(*after)) == [
        "a: new, folder",
        "main.py: file aaaaaaaaaaaa -> executable bbbbbbbbbbbb",
        "old: gone, was file cccccccccccc",
        "x: new, link to y",
    ]


def test_other_contexts_are_named() -> None:
    after = KnownInputs("", {"scheme": 2}, {"": (), "lib": (FILE,)})
    assert _told(_inputs(), after) == ["lib: main.py: new, file aaaaaaaaaaaa"]


texts = st.text(st.characters(), max_size=8) | st.binary(max_size=6).map(
    lambda data: data.decode("utf-8", "surrogateescape")
)


@given(st.lists(st.tuples(texts, texts, texts)))
def test_what_is_kept_is_read_again(entries: list[tuple[str, str, str]]) -> None:
    inputs = _inputs(*(Entry(*entry) for entry in entries), target="a")
    assert from_text(as_text(inputs)) == inputs


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"document": {}}', '{"trees": {"": [1]}}'])
def test_anything_else_is_no_inputs(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)

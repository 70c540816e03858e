from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.domain.inputs import (
    Entry,
    InputDocument,
    counting_arguments,
    tree_digest,
)

DOCUMENT = InputDocument(("linux/amd64",), "d1", {"": "t1"})
entry = st.builds(
    Entry,
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
    st.sampled_from(["file", "exec", "link", "dir"]),
    st.text("0123456789abcdef\n", max_size=8),
)
tree = st.lists(entry, unique_by=lambda e: e.path, max_size=6)


@settings(max_examples=50, deadline=None)
@given(tree, st.randoms())
def test_the_order_of_entries_does_not_matter(entries: list[Entry], random: object) -> None:
    shuffled = sorted(entries, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert tree_digest(shuffled) == tree_digest(entries)


@settings(max_examples=50, deadline=None)
@given(tree, tree)
def test_other_trees_have_other_digests(one: list[Entry], other: list[Entry]) -> None:
    assert (tree_digest(one) == tree_digest(other)) == (set(one) == set(other))


@pytest.mark.parametrize(
    "entries",
    [
        [Entry("a", "exec", "1")],
        [Entry("a", "link", "1")],
        [Entry("b", "file", "1")],
        [Entry("a", "file", "2")],
        [Entry("a", "file", "1"), Entry("b", "dir")],
        [],
    ],
)
def test_path_kind_and_content_matter(entries: list[Entry]) -> None:
    assert tree_digest(entries) != tree_digest([Entry("a", "file", "1")])


def test_names_that_are_no_text_are_counted() -> None:
    assert tree_digest([Entry("\udcff", "file")]) != tree_digest([Entry("\udcfe", "file")])


def test_a_target_that_looks_like_another_entry_is_none() -> None:
    split = [Entry("a", "link", "b"), Entry("c", "dir")]
    assert tree_digest(split) != tree_digest([Entry("a", "link", "b\nc\ndir")])


@pytest.mark.parametrize(
    "change",
    [
        {"platforms": ("linux/arm64",)}, {"platforms": ("linux/amd64", "linux/arm64")},
        {"dockerfile": "d2"}, {"trees": {"": "t2"}}, {"trees": {"": "t1", "lib": "t1"}},
        {"trees": {"lib": "t1"}}, {"target": "a"}, {"ignore": {"": ("a",)}},
        {"ignore": {"": ("b", "a")}}, {"ignore": {"lib": ("a", "b")}}, {"arguments": {"A": ""}},
        {"arguments": {"A": "1"}}, {"settings": {"network": "host"}}, {"secrets": ("a",)},
        {"ssh": ("default",)}, {"bases": {"debian:12": "sha256:1"}}, {"services": {"a": "1"}},
    ],
)  # fmt: skip
def test_every_part_of_the_inputs_matters(change: dict[str, Any]) -> None:
    assert replace(DOCUMENT, **change).digest != DOCUMENT.digest


def test_the_order_of_contexts_and_arguments_does_not_matter() -> None:
    one = replace(DOCUMENT, trees={"a": "1", "b": "2"}, arguments={"A": "1", "B": "2"})
    other = replace(DOCUMENT, trees={"b": "2", "a": "1"}, arguments={"B": "2", "A": "1"})
    assert one.text() == other.text()


def test_the_digest_of_known_inputs_stays_the_same() -> None:
    """Another value here means that every image is built once more: raise SCHEME knowingly."""
    assert DOCUMENT.text() == (
        '{"arguments":{},"bases":{},"dockerfile":"d1","ignore":{},"platforms":["linux/amd64"],'
        '"scheme":2,"secrets":[],"services":{},"settings":{},"ssh":[],"target":"","trees":{"":"t1"}}'
    )
    assert tree_digest([Entry("a", "file", "1"), Entry("b", "dir")])[:16] == "e58f6c6cad3efff1"


def test_arguments_count_when_they_are_declared_or_special() -> None:
    given = {
        "A": "1",
        "B": "2",
        "HTTP_PROXY": "x",
        "SOURCE_DATE_EPOCH": "0",
        "BUILDKIT_SYNTAX": "s",
    }
    assert sorted(counting_arguments(given, {"A", "C"})) == [
        "A",
        "BUILDKIT_SYNTAX",
        "SOURCE_DATE_EPOCH",
    ]


def test_all_arguments_count_where_nobody_could_say_which() -> None:
    assert counting_arguments({"A": "1", "B": ""}, None) == {"A": "1", "B": ""}

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.domain.inputs import Entry, input_digest, kept_name, tree_digest

Inputs = tuple[str, str, str, dict[str, str], dict[str, str]]
BASE: Inputs = ("{}", "d1", "linux/amd64", {"": "t1"}, {})
entry = st.builds(
    Entry,
    st.text(st.characters(codec="utf-8", exclude_characters="\0\n"), min_size=1, max_size=8),
    st.sampled_from(["file", "exec", "link", "dir"]),
    st.text("0123456789abcdef", max_size=8),
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


@pytest.mark.parametrize(
    "other",
    [
        ('{"target":"x"}', "d1", "linux/amd64", {"": "t1"}, {}),
        ("{}", "d2", "linux/amd64", {"": "t1"}, {}),
        ("{}", "d1", "linux/arm64", {"": "t1"}, {}),
        ("{}", "d1", "linux/amd64", {"": "t2"}, {}),
        ("{}", "d1", "linux/amd64", {"": "t1", "extra": "t1"}, {}),
        ("{}", "d1", "linux/amd64", {"extra": "t1"}, {}),
        ("{}", "d1", "linux/amd64", {"": "t1"}, {"debian:12": "sha256:1"}),
    ],
)
def test_every_part_of_the_inputs_matters(other: Inputs) -> None:
    assert input_digest(*other) != input_digest(*BASE)


def test_the_order_of_contexts_does_not_matter() -> None:
    assert input_digest("{}", "d", "", {"a": "1", "b": "2"}, {}) == input_digest(
        "{}", "d", "", {"b": "2", "a": "1"}, {}
    )


def test_the_digest_of_known_inputs_stays_the_same() -> None:
    """Another value here means that every image is built once more: raise SCHEME knowingly."""
    assert input_digest(*BASE)[:16] == "0af58487a052bca1"
    assert tree_digest([Entry("a", "file", "1"), Entry("b", "dir")])[:16] == "db3722be7731f881"


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("api", "api:i.0123456789abcdef"),
        ("shop/api:1.2", "shop/api:i.0123456789abcdef"),
        ("localhost:5000/shop/api", "localhost:5000/shop/api:i.0123456789abcdef"),
        ("localhost:5000/api:dev", "localhost:5000/api:i.0123456789abcdef"),
        ("api:1@sha256:ffff", "api:i.0123456789abcdef"),
    ],
)
def test_an_image_is_kept_beside_its_name(image: str, name: str) -> None:
    assert kept_name(image, "0123456789abcdef0123") == name

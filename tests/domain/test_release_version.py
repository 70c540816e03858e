from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.release_version import (
    checked_version,
    default_version,
    read_release_tag,
    release_tag,
    version_order,
)
from envctl.errors import UsageError

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_the_version_of_a_commit_is_its_time_and_name() -> None:
    assert default_version("1a2b3c4d5e", "2026-01-31T23:59:59Z") == "20260131-235959-1a2b3c4d"


def test_a_time_elsewhere_is_no_time_for_a_version() -> None:
    with pytest.raises(ValueError, match="no time in UTC"):
        default_version("1a2b3c4d5e", "2026-01-31T23:59:59+01:00")


@pytest.mark.parametrize("text", ["1", "v1.2.3", "_a", "2026-01", "a" * 64])
def test_what_a_tag_can_carry_is_a_version(text: str) -> None:
    assert checked_version(text) == text


@pytest.mark.parametrize("text", ["", ".1", "-1", "a b", "a/b", "a:b", "ä", "1\n", "٣", "a" * 65])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be a version"):
        checked_version(text)


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", fullmatch=True))
def test_a_tag_says_version_and_digest(version: str) -> None:
    tag = release_tag(version, DIGEST)
    assert read_release_tag(tag) == (version, DIGEST.removeprefix("sha256:")[:32])
    assert len(tag) <= 128


@pytest.mark.parametrize("tag", ["latest", "i." + "0" * 32, "r." + "0" * 32, "r.1." + "0" * 31])
def test_another_tag_is_of_no_release(tag: str) -> None:
    assert read_release_tag(tag) is None


def test_versions_are_in_the_order_that_people_expect() -> None:
    shuffled = ["1.10", "20260131-235959-ab", "1.9", "v2", "1.9.1", "20260131-235958-cd"]
    assert sorted(shuffled, key=version_order) == [
        "1.9", "1.9.1", "1.10", "20260131-235958-cd", "20260131-235959-ab", "v2",
    ]  # fmt: skip

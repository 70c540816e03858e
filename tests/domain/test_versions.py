from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.domain.versions import OLDEST, Version, is_supported, parse_version

number = st.integers(0, 999)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("26.1.5+dfsg1", Version(26, 1, 5)),
        ("v2.40.3+ds1", Version(2, 40, 3)),
        ("Docker Compose version v2.26.1-desktop.1", Version(2, 26, 1)),
        ("github.com/docker/buildx 0.13.1+ds1 0.13.1", Version(0, 13, 1)),
        ("28.0.0-rc.1", Version(28, 0, 0)),
        ("27.5", Version(27, 5, 0)),
        ("dev", None),
        ("7", None),
        ("", None),
    ],
)
def test_a_version_is_found_in_what_tools_say(text: str, version: Version | None) -> None:
    assert parse_version(text) == version


@settings(max_examples=50, deadline=None)
@given(number, number, number)
def test_a_version_reads_what_it_writes(major: int, minor: int, patch: int) -> None:
    version = Version(major, minor, patch)
    assert parse_version(str(version)) == version


def test_versions_compare_by_number_and_not_by_letter() -> None:
    assert Version(2, 9, 10) < Version(2, 10, 0) < Version(10)


@pytest.mark.parametrize("tool", OLDEST)
def test_the_oldest_supported_is_supported(tool: str) -> None:
    assert is_supported(tool, OLDEST[tool])


@pytest.mark.parametrize(
    ("tool", "text"),
    [("engine", "26.1.4"), ("engine", "9.99.99"), ("compose", "2.26.0"), ("compose", "1.29.2"),
     ("buildx", "0.13.0"), ("buildx", "dev")],
)  # fmt: skip
def test_what_is_older_or_unnamed_is_not_supported(tool: str, text: str) -> None:
    assert not is_supported(tool, text)

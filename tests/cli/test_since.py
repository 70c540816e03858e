from __future__ import annotations

import pytest

from envctl.cli.since import parse_since
from envctl.errors import UsageError

NOW = 1_777_636_800.9  # 2026-05-01T12:00:00Z and a bit


def test_nothing_means_from_the_beginning() -> None:
    assert parse_since("", NOW) is None


@pytest.mark.parametrize(
    ("text", "ago"), [("0s", 0), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400)]
)
def test_an_age_is_counted_back_from_now(text: str, ago: int) -> None:
    assert parse_since(text, NOW) == int(NOW) - ago


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T12:00:00Z", int(NOW)),
        ("2026-05-01T14:00:00+02:00", int(NOW)),
        ("2026-05-01 12:00:00.999Z", int(NOW)),
        ("20260501T120000Z", int(NOW)),
    ],
)
def test_a_date_and_time_means_itself(text: str, moment: int) -> None:
    assert parse_since(text, NOW) == moment


def test_a_time_without_a_zone_is_local() -> None:
    local = parse_since("2026-05-01T12:00:00", NOW)
    assert local is not None
    assert abs(local - int(NOW)) <= 14 * 3600
    assert (local - int(NOW)) % 900 == 0


@pytest.mark.parametrize(
    "text", ["10", "m", "10 m", "1w", "-5m", "yesterday", "2026-13-01", "1.5h"]
)
def test_anything_else_is_a_usage_error_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_since(text, NOW)
    assert caught.value.message == f"--since: {text!r} is no moment"
    assert '"10m"' in caught.value.hint

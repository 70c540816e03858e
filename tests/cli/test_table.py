from __future__ import annotations

import pytest

from envctl.cli.table import Cell, Coloured, cut, table_lines, width

ROWS: list[tuple[Cell, ...]] = [
    ("SERVICE", "STATE", "ADDRESS"),
    ("api", Coloured("healthy", "green"), "http://a  http://b"),
]


def test_columns_are_aligned_and_nothing_trails() -> None:
    rows: list[tuple[Cell, ...]] = [
        ("SERVICE", "STATE"),
        ("api", Coloured("healthy", "green")),
        ("database", ""),
    ]
    assert list(table_lines(rows)) == ["SERVICE   STATE", "api       healthy", "database"]


def test_colours_do_not_count_as_width() -> None:
    assert list(table_lines(ROWS, colours=True)) == [
        "\x1b[2mSERVICE\x1b[0m  \x1b[2mSTATE\x1b[0m    \x1b[2mADDRESS\x1b[0m",
        "api      \x1b[32mhealthy\x1b[0m  http://a  http://b",
    ]


def test_the_last_column_goes_on_in_the_next_line_where_it_does_not_fit() -> None:
    assert list(table_lines(ROWS, 30)) == [
        "SERVICE  STATE    ADDRESS",
        "api      healthy  http://a",
        "                  http://b",
    ]


def test_other_columns_are_cut_where_they_do_not_fit() -> None:
    rows = [("SERVICE", "IMAGE"), ("a-service-with-a-long-name", "x")]
    assert list(table_lines(rows, 20)) == ["SERVICE        IMAGE", "a-service-wi…  x"]


@pytest.mark.parametrize("room", [0, 1, 10])
def test_a_room_too_narrow_for_anything_still_shows_something(room: int) -> None:
    first, *_ = table_lines(ROWS, room)
    assert first == "SERVICE  STATE    ADDRESS"


def test_what_moves_the_cursor_does_not_reach_the_screen() -> None:
    assert list(table_lines([("A",), ("x\x1b[2Jy\nz",)]))[1] == "x [2Jy z"


def test_wide_characters_count_twice_and_combining_ones_not_at_all() -> None:
    assert [width("abc"), width("日本"), width("e\u0301")] == [3, 4, 1]
    assert cut("日本語", 5) == "日本…"


def test_a_table_without_rows_is_its_headings() -> None:
    assert list(table_lines([("A", "B")])) == ["A  B"]

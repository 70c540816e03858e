"""Lines out of the engine's messages."""

from __future__ import annotations

from dataclasses import replace

from envctl.adapters.log_lines import log_lines
from envctl.domain.observed import Container

WEB = Container("id", "shop-web-1", "web", "running")


def _read(*chunks: bytes, tty: bool = False) -> list[tuple[str, str]]:
    return [(line.time, line.text) for line in log_lines(replace(WEB, tty=tty), chunks)]


def test_each_message_is_a_line_with_its_time() -> None:
    assert _read(b"T1 one\n", b"T2 two words\n") == [("T1", "one"), ("T2", "two words")]


def test_a_long_line_comes_in_pieces_and_leaves_as_one() -> None:
    assert _read(b"T1 aaa", b"T1 bbb", b"T1 c\n", b"T2 d\n") == [("T1", "aaabbbc"), ("T2", "d")]


def test_a_last_line_without_its_end_is_not_lost() -> None:
    assert _read(b"T1 one\n", b"T2 two") == [("T1", "one"), ("T2", "two")]


def test_with_a_terminal_chunks_begin_and_end_anywhere() -> None:
    assert _read(b"T1 o", b"ne\r\nT2 tw", b"o\r\nT3 x", tty=True) == [
        ("T1", "one"),
        ("T2", "two"),
        ("T3", "x"),
    ]


def test_an_empty_line_stays_one() -> None:
    assert _read(b"T1 \n", b"T2 x\n") == [("T1", ""), ("T2", "x")]

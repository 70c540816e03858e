from __future__ import annotations

import sys

import pytest

from envctl.cli.watch_words import WatchScreen, duration


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> WatchScreen:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    return WatchScreen(Clock())


def test_one_file_is_named_and_more_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    screen = WatchScreen(Clock())
    screen.synced("api", ["/srv/a.py"], 0.0091)
    screen.synced("web", ["/srv/a", "/srv/b"], 1.25)
    assert capsys.readouterr().err == "synced api: /srv/a.py, 9 ms\nsynced web: 2 files, 1.2 s\n"


def test_what_goes_on_and_on_has_one_line_a_second_in_a_pipe_which_counts_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    screen = WatchScreen(clock)
    for _ in range(5):
        screen.synced("api", ["/srv/log"], 0.01)
        clock.now += 0.3
    assert capsys.readouterr().err.splitlines() == [
        "synced api: /srv/log, 10 ms",
        "synced api: 4 files, 10 ms",
    ]


def test_on_a_terminal_the_same_line_is_written_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = on_terminal(monkeypatch)
    screen.synced("api", ["/srv/a"], 0.01)
    screen.synced("api", ["/srv/b"], 0.01)
    screen.did("api", "restarted", 0.2)
    screen.close()
    assert capsys.readouterr().err == (
        "synced api: /srv/a, 10 ms\r\x1b[2Ksynced api: /srv/b, 10 ms\napi: restarted, 200 ms\n"
    )


def test_a_line_is_no_longer_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = on_terminal(monkeypatch)
    screen.note("x" * 100)
    screen.close()
    assert len(capsys.readouterr().err.strip()) < 40


def test_lines_of_others_stand_between(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = on_terminal(monkeypatch)
    screen.synced("api", ["/srv/a"], 0.01)
    with screen.aside():
        print("log line", file=sys.stderr)
    screen.synced("api", ["/srv/a"], 0.01)
    screen.close()
    assert capsys.readouterr().err.splitlines() == [
        "synced api: /srv/a, 10 ms",
        "log line",
        "synced api: /srv/a, 10 ms",
    ]


def test_what_does_not_work_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    WatchScreen(Clock()).trouble("shop-api-1", "no space left; it is tried again")
    assert capsys.readouterr().err == "warning: shop-api-1: no space left; it is tried again\n"


def test_lengths_of_time_read_well() -> None:
    assert [duration(s) for s in (0.0004, 0.0096, 0.999, 3.14)] == [
        "0 ms",
        "10 ms",
        "999 ms",
        "3.1 s",
    ]

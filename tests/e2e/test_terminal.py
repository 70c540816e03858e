"""What a person sees: a real terminal, and what is left on it."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from tests.e2e.conftest import Playground

pytestmark = pytest.mark.engine


def _on_a_terminal(playground: Playground, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run envctl on a pseudo-terminal; returns its exit code and all that was written there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        playground.words(*arguments),
        cwd=playground.folder,
        env=playground.environ({"TERM": "xterm-256color", "COLUMNS": "100", **environment}),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    written = b""
    while chunk := _read(leader):
        written += chunk
    os.close(leader)
    return process.wait(60), written.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed: all has been read
        return b""


def test_up_is_live_and_ends_with_the_services(tiny: Playground) -> None:
    code, written = _on_a_terminal(tiny, "up")
    assert code == 0
    assert "\x1b[?25l" in written, "the cursor is hidden while the display lives"
    assert written.rstrip().endswith(f"http://localhost:{tiny.environment['WEB_PORT']}")
    assert "\x1b[?25h" in written, "and comes back"


def test_no_color_is_respected(tiny: Playground) -> None:
    tiny.up("db")
    _, written = _on_a_terminal(tiny, "ps", NO_COLOR="1")
    assert "\x1b[3" not in written
    _, coloured = _on_a_terminal(tiny, "ps")
    assert "\x1b[3" in coloured


def test_a_failure_is_said_below_the_live_display(tiny: Playground) -> None:
    code, written = _on_a_terminal(tiny, "up", JOB_CODE="3")
    assert code == 6
    assert "error: job: exited (3)" in written
    assert written.rstrip().splitlines()[-1].startswith("hint: ")


def test_exec_has_a_terminal_of_its_own(tiny: Playground) -> None:
    tiny.up("db")
    code, written = _on_a_terminal(tiny, "exec", "db", "sh", "-c", "test -t 0 && echo a terminal")
    assert code == 0
    assert "a terminal" in written

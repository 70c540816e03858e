"""Small real processes, ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from envctl.adapters import process
from envctl.adapters.process import BackgroundRun, Command, end, run, stream
from envctl.errors import CommandFailed, Unreachable

pytestmark = pytest.mark.process

T = TypeVar("T")
STUBBORN = "trap '' INT TERM; echo ready; while :; do sleep 0.05; done"


def shell(script: str, **environment: str) -> Command:
    return Command(("sh", "-c", script), environment=environment)


@pytest.fixture(autouse=True)
def _short_graces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "INTERRUPT_GRACE", 1.0)
    monkeypatch.setattr(process, "TERMINATE_GRACE", 1.0)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes to end whatever the test does."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for running in processes:
        running.kill()
        running.wait()


def ready(script: str, started: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Start `script` and wait for its first line."""
    running = shell(script).start(subprocess.PIPE, subprocess.DEVNULL)
    started.append(running)
    assert running.stdout
    assert running.stdout.readline() == b"ready\n"
    return running


def test_a_run_answers_with_code_and_both_streams() -> None:
    answer = run(shell("echo out; echo err >&2; exit 3"), timeout=10)
    assert (answer.code, answer.stdout, answer.stderr) == (3, "out\n", "err\n")


def test_a_run_reads_nothing() -> None:
    assert run(shell("cat"), timeout=10).stdout == ""


def test_bytes_that_are_no_text_do_not_stop_a_run() -> None:
    assert run(shell("printf 'a\\377b'"), timeout=10).stdout == "a\ufffdb"


def test_the_folder_and_the_environment_are_the_commands_own(tmp_path: Path) -> None:
    command = Command(("sh", "-c", 'pwd; echo "$WORD"'), tmp_path, {"WORD": "kept"})
    assert run(command, timeout=10).stdout == f"{tmp_path}\nkept\n"


def test_the_environment_is_added_to_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER", "there")
    assert run(shell('echo "$OTHER"', WORD="x"), timeout=10).stdout == "there\n"


def test_a_command_that_is_not_installed_is_told() -> None:
    with pytest.raises(Unreachable, match=r"^the command 'no-such-tool' is not installed"):
        run(Command(("no-such-tool",)), timeout=10)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(CommandFailed, match=f"^the folder {gone} is gone$"):
        run(Command(("true",), gone), timeout=10)


def test_a_run_that_takes_too_long_is_ended_and_told() -> None:
    with pytest.raises(CommandFailed, match=r"^sleep 60 did not end within 0 s$"):
        run(Command(("sleep", "60")), timeout=0.1)


def test_the_text_of_a_command_hides_secrets() -> None:
    assert (
        str(Command(("tool", "--password", "hunter2", "a b"))) == "tool --password '********' 'a b'"
    )


def test_a_stream_yields_lines_of_both_streams_as_they_come() -> None:
    assert list(stream(shell("echo a; echo b >&2; printf 'c\\r\\n'; printf d"))) == list("abcd")


def test_a_stream_of_a_failing_command_fails_after_its_lines() -> None:
    lines = stream(shell("echo a; exit 7"))
    assert next(lines) == "a"
    with pytest.raises(CommandFailed, match=r"ended with exit code 7$"):
        next(lines)


def test_a_stream_that_is_left_early_leaves_no_process() -> None:
    lines = stream(shell("echo $$; exec sleep 60"))
    pid = int(next(lines))
    lines.close()  # type: ignore[attr-defined]
    assert is_gone(pid)


def test_a_process_is_interrupted_first(started: list[subprocess.Popen[bytes]]) -> None:
    running = ready("trap 'exit 42' INT; echo ready; while :; do sleep 0.01; done", started)
    end(running)
    assert running.returncode == 42


def test_a_process_that_ignores_an_interrupt_is_terminated(
    started: list[subprocess.Popen[bytes]],
) -> None:
    running = ready(
        "trap '' INT; trap 'exit 43' TERM; echo ready; while :; do sleep 0.01; done", started
    )
    end(running)
    assert running.returncode == 43


def test_a_process_that_ignores_everything_is_killed(
    started: list[subprocess.Popen[bytes]],
) -> None:
    running = ready(STUBBORN, started)
    end(running)
    assert running.returncode == -signal.SIGKILL
    assert is_gone(running.pid)


def test_ending_what_has_ended_does_nothing() -> None:
    running = shell("exit 5").start(subprocess.DEVNULL, subprocess.DEVNULL)
    running.wait(10)
    end(running)
    assert running.returncode == 5


def test_no_zombie_is_left_by_any_way_to_run() -> None:
    before = children()
    run(shell("true"), timeout=10)
    list(stream(shell("true")))
    with background_run("true"):
        pass
    assert children() == before


def test_ctrl_c_at_the_terminal_does_not_reach_a_tool() -> None:
    running = shell("exec sleep 60").start(subprocess.DEVNULL, subprocess.DEVNULL)
    try:
        assert os.getpgid(running.pid) != os.getpgid(0)
    finally:
        end(running)


def test_a_background_run_tells_its_end() -> None:
    with background_run("echo out; echo err >&2; exit 3") as background:
        assert eventually(background.poll) == 3


def test_a_background_run_keeps_what_it_said() -> None:
    with background_run("echo out; echo err >&2") as background:
        assert eventually(background.poll) == 0
        assert background.complaint() == "out\nerr"
        background.stop()
        assert background.complaint() == "out\nerr"


def test_a_background_run_goes_on_meanwhile_and_stops_when_told() -> None:
    with background_run("exec sleep 60") as background:
        assert background.poll() is None
        background.stop()
        assert background.poll() == -signal.SIGINT


@contextmanager
def background_run(script: str) -> Iterator[BackgroundRun]:
    background = BackgroundRun(shell(script))
    try:
        yield background
    finally:
        background.stop()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def eventually(poll: Callable[[], T | None]) -> T | None:
    deadline = time.monotonic() + 10
    while (answer := poll()) is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return answer

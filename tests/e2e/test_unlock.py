"""The lock of a stage is taken from somebody who lives: who had it does no more harm."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.e2e.staging import Staged
from tests.e2e.traffic import visitors

pytestmark = pytest.mark.engine
# healthy when it is told so
SLOW = {"healthy": "#!/bin/sh\n[ -e /ready ] && exec wget -qO /dev/null http://127.0.0.1:8000/\n"}


def begun(lean: Staged, ended: list[subprocess.Popen[str]], *words: str) -> subprocess.Popen[str]:
    """Begin a deploy, and return it when it waits for the new release to be healthy."""
    process = lean.playground.start("deploy", "integration")
    ended.append(process)
    assert process.stderr
    assert any(line.startswith("prove") for line in process.stderr)
    return process


def unlock(lean: Staged, reason: str, version: str) -> None:
    """Take the lock; whose it was is said and recorded."""
    locked = lean.run("deploy", "integration")
    assert (locked.code, "is locked by" in locked.stderr) == (5, True), locked.stderr
    answer = lean.run("unlock", "integration", "--reason", reason, "--yes")
    assert answer.code == 0, answer.stderr
    assert "the lock was taken from" in answer.stderr
    assert f"deploy {version}" in answer.stderr
    event = lean.json("history", "integration", "--limit", "1")[0]["event"]
    assert (event["kind"], event["reason"]) == ("unlocked", reason)
    assert event["outcome"].startswith("taken from ")
    assert f"deploy {version}" in event["outcome"]


def test_a_holder_whose_lock_was_taken_goes_no_step_further(
    lean: Staged, ended: list[subprocess.Popen[str]]
) -> None:
    lean.serve("1.0")
    before = lean.running()
    lean.release("2.0", **SLOW)
    lean.promote("2.0")
    former = begun(lean, ended)
    left = lean.running()
    unlock(lean, "it takes too long", "2.0")
    (new,) = left.keys() - before.keys()
    with visitors("127.0.0.1", lean.ports["integration"]) as seen:
        subprocess.run(["docker", "exec", new, "touch", "/ready"], check=True)
        _, said = former.communicate(timeout=200)
    assert former.returncode == 5, said
    assert "is lost" in said
    assert "the next command finishes or undoes it" in said
    assert seen.order == ["1.0"]
    assert lean.running() == left, "not even tidied up: that is for whoever has the lock"
    assert lean.json("history", "integration")[0]["event"]["kind"] == "unlocked"
    lean.promote("1.0")
    lean.deploy()
    assert lean.running() == before
    assert lean.runs() == "1.0"


def test_a_holder_that_others_have_passed_changes_nothing_of_theirs(
    lean: Staged, ended: list[subprocess.Popen[str]]
) -> None:
    lean.serve("1.0")
    lean.release("3.0")
    lean.release("2.0", **SLOW)
    lean.promote("2.0")
    former = begun(lean, ended)
    former.send_signal(signal.SIGSTOP)  # a lid was closed; the lock is free after a while, or now
    lean.done("unlock", "integration", "--reason", "their laptop sleeps", "--yes")
    lean.promote("3.0")
    with visitors("127.0.0.1", lean.ports["integration"]) as seen:
        lean.deploy()
        after, history = lean.running(), lean.json("history", "integration")
        former.send_signal(signal.SIGCONT)
        _, said = former.communicate(timeout=200)
    assert former.returncode in (5, 6), said
    assert "Traceback" not in said
    assert lean.running() == after
    assert lean.json("history", "integration") == history
    assert not seen.failures
    assert seen.order == ["1.0", "3.0"]
    assert lean.runs() == "3.0"

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from envctl.adapters.registry import WritableFileRegistry
from envctl.adapters.turns import turn
from envctl.domain.playground import Claim, Playground

ENGINE = "unix:///var/run/docker.sock"
SHOP = Playground(
    "shop",
    ENGINE,
    "/src/shop",
    "shop",
    created=1.0,
    claims=(Claim("port", "web 80", "8080/tcp", "23817/tcp"),),
)
HOLD = """
import sys
from envctl.adapters.registry import WritableFileRegistry
with WritableFileRegistry(sys.argv[1]).turn("shop", lambda: print("waiting", flush=True)):
    print("mine", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritableFileRegistry:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return WritableFileRegistry(ENGINE)


@pytest.fixture
def holder(registry: WritableFileRegistry) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the turn, until it reads a line."""
    pipe = subprocess.PIPE
    words = [sys.executable, "-c", HOLD, ENGINE]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "mine\n"
        yield process
        process.kill()


def test_what_is_entered_is_found_again(registry: WritableFileRegistry) -> None:
    registry.enter(SHOP)
    found = registry.find("shop")
    assert found
    assert found.used > 0
    assert replace(found, used=0.0) == SHOP
    assert registry.all() == (found,)


def test_each_engine_has_its_own(registry: WritableFileRegistry) -> None:
    registry.enter(SHOP)
    other = WritableFileRegistry("tcp://elsewhere:2375")
    assert other.find("shop") is None
    assert other.all() == ()


def test_entering_it_again_only_says_that_it_is_used(registry: WritableFileRegistry) -> None:
    registry.enter(SHOP)
    path = registry.path("shop")
    before = path.stat()
    os.utime(path, (before.st_atime, 1.0))
    registry.enter(SHOP)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime > 1.0


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "shop", "claims": [[1]]}'])
def test_an_unreadable_file_counts_as_none(registry: WritableFileRegistry, text: str) -> None:
    registry.enter(SHOP)
    registry.path("shop").write_text(text)
    assert registry.find("shop") is None
    assert registry.all() == ()


def test_forgetting_leaves_no_file(registry: WritableFileRegistry) -> None:
    registry.enter(SHOP)
    with registry.turn("shop", never):
        registry.forget("shop")
    assert list(registry.folder.iterdir()) == []


def test_a_turn_that_nobody_has_is_taken_at_once(registry: WritableFileRegistry) -> None:
    for _ in range(2):
        with registry.turn("shop", never):
            assert registry.is_busy("shop")
    assert not registry.is_busy("shop")


@pytest.mark.process
def test_the_second_waits_and_says_so(
    registry: WritableFileRegistry, holder: subprocess.Popen[str]
) -> None:
    assert holder.stdin
    stdin, notes = holder.stdin, []

    def waiting(text: str) -> None:
        notes.append(text)
        stdin.write("\n")
        stdin.flush()

    with turn(registry, "shop", waiting):
        assert notes == ["another envctl works on this playground: waiting"]
        assert holder.wait(60) == 0


@pytest.mark.process
def test_a_killed_holder_blocks_nobody(
    registry: WritableFileRegistry, holder: subprocess.Popen[str]
) -> None:
    with registry.turn("shop", holder.kill):
        assert holder.wait(60) != 0


@pytest.mark.process
def test_a_turn_whose_file_was_removed_is_still_one_turn(
    registry: WritableFileRegistry, holder: subprocess.Popen[str]
) -> None:
    """Whoever waited for a file that `down --volumes` removed asks for the new one."""
    assert holder.stdin
    stdin = holder.stdin

    def waiting() -> None:
        registry.forget("shop")
        stdin.write("\n")
        stdin.flush()

    with registry.turn("shop", waiting):
        assert registry.is_busy("shop")


@pytest.mark.process
def test_a_child_process_does_not_hold_the_turn(registry: WritableFileRegistry) -> None:
    with registry.turn("shop", never):
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    try:
        assert not registry.is_busy("shop")
    finally:
        child.communicate()


def test_without_a_place_for_it_there_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    notes: list[str] = []
    with turn(WritableFileRegistry(ENGINE), "shop", notes.append):
        assert len(notes) == 1
    assert notes[0].endswith("(Not a directory): going on without")


def never() -> None:
    raise AssertionError("nobody holds it")

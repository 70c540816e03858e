from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.memory import (
    FileMemory,
    WritableFileMemory,
    state_folder,
    write_atomically,
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "envctl"


def only_file(state: Path) -> Path:
    (file,) = (p for p in state.rglob("*") if p.is_file())
    return file


def test_nothing_is_known_at_first() -> None:
    assert FileMemory("unix:///e", "shop").recall() == {}


def test_what_is_remembered_is_recalled() -> None:
    WritableFileMemory("unix:///e", "shop").remember({"id1": "d1", "id2": "d2"})
    assert FileMemory("unix:///e", "shop").recall() == {"id1": "d1", "id2": "d2"}


def test_remembering_replaces_what_was_known() -> None:
    memory = WritableFileMemory("unix:///e", "shop")
    memory.remember({"id1": "d1"})
    memory.remember({"id2": "d2"})
    assert memory.recall() == {"id2": "d2"}


@pytest.mark.parametrize(("engine", "project"), [("unix:///f", "shop"), ("unix:///e", "shop2")])
def test_each_engine_and_project_has_a_memory_of_its_own(engine: str, project: str) -> None:
    WritableFileMemory("unix:///e", "shop").remember({"id": "d"})
    assert FileMemory(engine, project).recall() == {}


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"null", b'"a"', b"\xff\xfe", b"1" * 9])
def test_garbage_is_an_empty_memory(state: Path, garbage: bytes) -> None:
    memory = WritableFileMemory("unix:///e", "shop")
    memory.remember({"id": "d"})
    only_file(state).write_bytes(garbage)
    assert memory.recall() == {}
    memory.remember({"id": "e"})
    assert memory.recall() == {"id": "e"}


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    memory = WritableFileMemory("unix:///e", "shop")
    memory.remember({"id": "d"})
    assert memory.recall() == {}


def test_a_folder_in_place_of_the_file_is_an_empty_memory(state: Path) -> None:
    memory = WritableFileMemory("unix:///e", "shop")
    memory.remember({"id": "d"})
    file = only_file(state)
    file.unlink()
    file.mkdir()
    memory.remember({"id": "d"})
    assert memory.recall() == {}


def test_no_half_written_file_is_left_beside(state: Path) -> None:
    WritableFileMemory("unix:///e", "shop").remember({"id": "d"})
    assert len([p for p in state.rglob("*") if p.is_file()]) == 1


def test_a_write_that_fails_leaves_the_former_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \udcff")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_state_lies_below_home_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "envctl"


def test_edited_containers_are_known_until_they_are_gone(state: Path) -> None:
    memory = WritableFileMemory("unix:///e", "shop")
    memory.mark_edited("one")
    memory.mark_edited("two")
    assert memory.edited() == {"one", "two"}
    memory.remember({"two": "d", "three": "d"})
    assert memory.edited() == {"two"}
    memory.remember({})
    assert memory.edited() == frozenset()
    assert [path for path in state.rglob("*") if path.is_file()] == []


def test_a_mark_is_of_one_playground(state: Path) -> None:
    WritableFileMemory("unix:///e", "shop").mark_edited("one")
    assert WritableFileMemory("unix:///e", "other").edited() == frozenset()
    assert WritableFileMemory("unix:///f", "shop").edited() == frozenset()

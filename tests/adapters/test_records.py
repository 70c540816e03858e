"""All that is kept of playgrounds, forgotten at once, one command at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from envctl.adapters.memory import WritableFileMemory
from envctl.adapters.records import WritableFileRecords
from envctl.adapters.registry import WritableFileRegistry
from envctl.domain.playground import Playground

ENGINE, OTHER = "unix:///one", "unix:///other"
SHOP = Playground("shop", ENGINE, "/src/shop", "shop", created=1.0)


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritableFileRecords:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return WritableFileRecords(ENGINE)


def test_remembered_containers_are_those_of_this_engine(records: WritableFileRecords) -> None:
    assert records.remembered() == {}
    WritableFileMemory(ENGINE, "my-shop").remember({"id1": "d", "id2": "d"})
    WritableFileMemory(OTHER, "my-shop").remember({"id3": "d"})
    WritableFileMemory(OTHER, "wiki").remember({"id4": "d"})
    assert records.remembered() == {"my-shop": {"id1", "id2"}}


def test_forgetting_leaves_no_file_of_a_playground_and_all_of_others(
    records: WritableFileRecords, tmp_path: Path
) -> None:
    WritableFileMemory(ENGINE, "shop").remember({"id1": "d"})
    WritableFileMemory(OTHER, "shop").remember({"id1": "d"})
    WritableFileRegistry(ENGINE).enter(SHOP)
    WritableFileRegistry(ENGINE).path("shop", "yaml").write_text("services: {}")
    with records.free_turn("shop") as mine:
        assert mine
        records.forget("shop")
    assert records.all() == ()
    assert [path.name for path in tmp_path.rglob("*-*") if path.is_file()] == [
        path.name for path in (tmp_path / "envctl/containers").iterdir()
    ]
    assert WritableFileMemory(OTHER, "shop").recall() == {"id1": "d"}


def test_what_the_registry_knows_is_not_kept_anew(records: WritableFileRecords) -> None:
    records.keep(Playground("shop", "", "/a", ""))
    records.keep(Playground("shop", "", "/b", ""))
    assert [(p.engine, p.folder) for p in records.all()] == [(ENGINE, "/a")]


def test_a_turn_that_another_has_is_not_waited_for(records: WritableFileRecords) -> None:
    free, held = threading.Event(), threading.Event()

    def hold() -> None:
        with WritableFileRegistry(ENGINE).turn("shop", lambda: None):
            held.set()
            free.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        held.wait()
        with records.free_turn("shop") as mine, records.free_turn("wiki") as other:
            assert (mine, other) == (False, True)
    finally:
        free.set()
        holder.join()
    with records.free_turn("shop") as mine:
        assert mine


def test_an_error_in_a_turn_is_not_taken_for_one_of_the_turn(records: WritableFileRecords) -> None:
    with pytest.raises(FileNotFoundError), records.free_turn("shop"):
        raise FileNotFoundError
    with records.free_turn("shop") as mine:
        assert mine


def test_where_nothing_can_be_written_there_are_no_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    records = WritableFileRecords(ENGINE)
    with records.free_turn("shop") as mine:
        assert mine
        records.keep(SHOP)
        records.forget("shop")

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.registry import FileRegistry
from envctl.adapters.run_marks import RunMark, RunMarks

MARK = RunMark("shop-test-1", "shop", ("web",))


@pytest.fixture
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunMarks:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return RunMarks(FileRegistry("unix:///none.sock"))


def left(marks: RunMarks, *, cleared: bool = True) -> list[RunMark]:
    found: list[RunMark] = []

    def clear(mark: RunMark) -> bool:
        found.append(mark)
        return cleared

    marks.sweep(clear)
    return found


def lose(marks: RunMarks) -> None:
    """Leave a mark as a killed process does: nobody holds it."""
    with pytest.raises(KeyboardInterrupt), marks.held(MARK):
        raise KeyboardInterrupt


def test_what_a_living_process_holds_is_left_to_it(marks: RunMarks) -> None:
    with marks.held(MARK):
        assert left(marks) == []


def test_what_ended_well_leaves_no_mark(marks: RunMarks, tmp_path: Path) -> None:
    with marks.held(MARK):
        pass
    assert left(marks) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_process_left_is_found_until_it_is_cleared(marks: RunMarks) -> None:
    lose(marks)
    assert left(marks, cleared=False) == [MARK]
    assert left(marks) == [MARK]
    assert left(marks) == []


def test_another_engine_has_marks_of_its_own(marks: RunMarks) -> None:
    lose(marks)
    assert left(RunMarks(FileRegistry("unix:///other.sock"))) == []
    assert left(marks) == [MARK]


def test_a_mark_that_says_nothing_goes(marks: RunMarks, tmp_path: Path) -> None:
    lose(marks)
    (path,) = tmp_path.rglob("*.run")
    path.write_text("{")
    assert left(marks) == []
    assert not path.exists()

"""Several playgrounds of one project, and several commands on one playground, at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, page

pytestmark = pytest.mark.engine


def test_two_ups_of_one_playground_do_not_trip_over_each_other(
    tiny: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    ended += [tiny.start("up"), tiny.start("up")]
    said = [process.communicate() for process in ended]
    assert [process.returncode for process in ended] == [0, 0], said
    assert page(tiny) == "one"
    assert len(tiny.containers()) == 3
    talk = [err for _, err in said]
    waited = [err for err in talk if "note: another envctl works on this playground" in err]
    # whoever came second found the work done
    assert all("note: nothing to do" in err for err in waited)
    assert sum("create web" in err for err in talk) == 1


def test_a_down_waits_for_an_up(tiny: Playground, ended: list[subprocess.Popen[str]]) -> None:
    ended.append(tiny.start("up"))
    assert ended[0].stderr
    assert ended[0].stderr.readline()
    ended.append(tiny.start("down"))
    for process in ended:
        process.communicate()
    assert [process.returncode for process in ended] == [0, 0]
    assert tiny.containers() == []


def test_a_state_folder_that_cannot_be_written_is_no_obstacle(
    tiny: Playground, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    tiny.environment["XDG_STATE_HOME"] = str(tmp_path / "file")
    answer = tiny.up()
    assert "note: cannot keep notes in" in answer.stderr
    assert page(tiny) == "one"

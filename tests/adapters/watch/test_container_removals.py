"""What is taken away from containers, and what there is left to say of one that is gone itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from envctl.adapters.watch.container_files import MANY, EngineFiles
from envctl.domain.watch.orders import Put
from envctl.domain.watch.rule import Hook
from envctl.errors import CommandFailed
from envctl.ports.watch import Gone
from tests.adapters.watch.boxes import IMAGE, Box, contents, new_box, puts

pytestmark = pytest.mark.engine


def test_what_is_removed_is_gone_and_nothing_else_is(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    (tmp_path / "full/deep/er").mkdir(parents=True)
    (tmp_path / "full/deep/er/file").write_text("deep")
    (tmp_path / "empty").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("kept")
    (tmp_path / "file").touch()
    (tmp_path / "to a file").symlink_to("kept/file")
    (tmp_path / "to a folder").symlink_to("kept")
    (tmp_path / "to nothing").symlink_to("nothing")
    files.put(each_box.id, contents(each_box, tmp_path))
    gone = ["full", "empty", "file", "to a file", "to a folder", "to nothing", "none", "none/none"]
    files.remove(each_box.id, [each_box.at(name) for name in gone], whole=True)
    left = {name: one.content for name, one in each_box.tree().items()}
    assert left == {"": b"", "kept": b"", "kept/file": b"kept"}
    files.remove(each_box.id, [each_box.at("kept/file/below")], whole=True)
    assert "kept/file" in each_box.tree()


def test_a_folder_goes_with_what_somebody_else_put_there(box: Box, files: EngineFiles) -> None:
    script = (
        f"mkdir -p {box.at('a/b')} && mkfifo {box.at('a/pipe')} && echo made >{box.at('a/b/c')}"
    )
    assert files.run(box.id, Hook(("sh", "-c", f"{script} && chmod 0 {box.at('a/b')}"))) == (0, "")
    files.remove(box.id, [box.at("a")], whole=True)
    assert set(box.tree()) == {""}


def test_what_is_removed_can_come_again(each_box: Box, files: EngineFiles, tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    (tmp_path / "it/below").write_text("below")
    files.put(each_box.id, contents(each_box, tmp_path))
    files.remove(each_box.id, [each_box.at("it")], whole=True)
    (tmp_path / "it/below").unlink()
    (tmp_path / "it").rmdir()
    (tmp_path / "it").write_text("a file now")
    files.put(each_box.id, contents(each_box, tmp_path))
    files.remove(each_box.id, [each_box.at("it")], whole=True)
    (tmp_path / "it").unlink()
    (tmp_path / "it").mkdir()
    files.put(each_box.id, contents(each_box, tmp_path))
    assert {name: one.kind for name, one in each_box.tree().items()} == {
        "": "folder",
        "it": "folder",
    }


def test_many_are_removed_where_there_is_a_program_for_it_and_where_there_is_none(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    for number in range(2 * MANY):
        (tmp_path / f"folder {number}").mkdir()
        (tmp_path / f"folder {number}/file").touch()
        (tmp_path / f"-rf {number}").touch()
    (tmp_path / "kept").touch()
    files.put(each_box.id, contents(each_box, tmp_path))
    gone = [p.target for p in puts(each_box, tmp_path) if p.source.count("/file") == 0]
    gone = [target for target in gone if not target.endswith("/kept")]
    files.remove(each_box.id, [*gone, each_box.at("none"), each_box.at("none/none")], whole=True)
    assert set(each_box.tree()) == {"", "kept"}


def test_what_cannot_be_removed_is_said(box: Box, files: EngineFiles) -> None:
    for whole in (True, False):
        assert files.remove(box.id, ["/etc/hosts"], whole=whole) == {"/etc/hosts"}


@pytest.mark.parametrize("count", [2, 60])
def test_a_folder_with_something_in_it_stays_unless_it_goes_as_a_whole(
    box: Box, files: EngineFiles, tmp_path: Path, count: int
) -> None:
    for number in range(count):
        (tmp_path / f"{number}").mkdir()
    (tmp_path / "0/theirs").write_text("text")
    files.put(box.id, contents(box, tmp_path))
    assert files.remove(box.id, [box.at(f"{n}") for n in range(count)], whole=False) == frozenset()
    assert set(box.tree()) >= {"0", "0/theirs"}
    assert "1" not in box.tree()


def test_a_command_runs_as_it_is_asked_for(box: Box, files: EngineFiles) -> None:
    script = 'echo "$A $B"; pwd; id -u; echo wrong >&2; exit 3'
    hook = Hook(("sh", "-c", script), "nobody", working_dir="/tmp", environment=("A=a", "B=ü b"))  # noqa: S108 - the container's
    code, said = files.run(box.id, hook)
    assert (code, said.splitlines()) == (3, ["a ü b", "/tmp", "65534", "wrong"])  # noqa: S108


def test_a_command_has_the_rights_of_the_container_unless_it_asks_for_more(
    box: Box, files: EngineFiles
) -> None:
    words = ("grep", "-c", "CapEff.*1ff", "/proc/self/status")
    assert files.run(box.id, Hook(words)) == (1, "0\n")
    assert files.run(box.id, Hook(words, privileged=True)) == (0, "1\n")


def test_a_command_that_there_is_none_of_is_a_failure_in_words(
    box: Box, files: EngineFiles
) -> None:
    try:
        code, said = files.run(box.id, Hook(("no-such-command",)))
    except CommandFailed as error:
        code, said = 127, error.message
    assert code == 127
    assert "no-such-command" in said


def test_output_that_is_no_text_is_shown_all_the_same(box: Box, files: EngineFiles) -> None:
    assert files.run(box.id, Hook(("printf", r"a\377b"))) == (0, "a�b")


def test_a_restart_says_when_the_container_started(files: EngineFiles) -> None:
    with new_box(IMAGE) as box:
        before = box.api.inspect_container(box.id)["State"]["StartedAt"]
        said = files.restart(box.id)
        after = box.api.inspect_container(box.id)["State"]["StartedAt"]
    assert said == after != before


def test_a_restart_starts_what_was_stopped(files: EngineFiles) -> None:
    with new_box(IMAGE, stopped=True) as box:
        files.restart(box.id)
        assert box.api.inspect_container(box.id)["State"]["Running"]


@pytest.fixture(scope="module")
def gone() -> Box:
    """A container that was removed."""
    with new_box(IMAGE) as box:
        return box


CALLS: dict[str, Callable[[EngineFiles, Box, Path], object]] = {
    "put": lambda files, box, folder: files.put(box.id, contents(box, folder)),
    "remove one": lambda files, box, _: files.remove(box.id, [box.at("a")], whole=True),
    "remove many": lambda files, box, _: files.remove(
        box.id, [box.at(f"{n}") for n in range(99)], whole=True
    ),
    "kind": lambda files, box, _: files.kind(box.id, box.top),
    "names": lambda files, box, _: files.names(box.id, box.top),
    "differing of few": lambda files, box, folder: files.differing(box.id, puts(box, folder)),
    "differing of many": lambda files, box, _: files.differing(
        box.id, [Put(box.at(f"{n}"), "/none") for n in range(99)]
    ),
    "run": lambda files, box, _: files.run(box.id, Hook(("true",))),
    "restart": lambda files, box, _: files.restart(box.id),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_container_that_is_gone_is_said_to_be(
    gone: Box, files: EngineFiles, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Gone):
        CALLS[name](files, gone, tmp_path)

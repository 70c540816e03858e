"""What is brought into containers, on a real engine: running or not, with programs or without."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from envctl.adapters.watch.container_files import WHOLE, EngineFiles
from envctl.adapters.watch.disk import HELD, FileReader
from envctl.domain.watch.orders import Put
from envctl.domain.watch.stamp import Kind
from envctl.ports.watch import Blocked
from tests.adapters.watch.boxes import IMAGE, Box, contents, new_box, puts
from tests.e2e.file_trees import on_disk

pytestmark = pytest.mark.engine

MODES = {"plain": 0o644, "tool": 0o755, "secret": 0o600, "fixed": 0o444, "other": 0o4711}


def fill(folder: Path) -> None:
    """Make one of each that can be brought."""
    (folder / "deep/er").mkdir(parents=True)
    (folder / "shared").mkdir()
    (folder / "shared").chmod(0o1777)
    for name, mode in MODES.items():
        (folder / "deep" / name).write_text(f"this is {name}")
        (folder / "deep" / name).chmod(mode)
    (folder / "empty").touch()
    (folder / "deep/er/link").symlink_to("../plain")
    (folder / "leads nowhere").symlink_to("/nothing/there")
    (folder / "to a folder").symlink_to("deep")


def test_all_that_can_be_brought_arrives_as_it_is(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    fill(tmp_path)
    files.put(each_box.id, contents(each_box, tmp_path))
    ours, theirs = on_disk(tmp_path), each_box.tree()
    del ours[""], theirs[""]
    assert theirs == ours


def test_the_time_of_a_file_is_exact(each_box: Box, files: EngineFiles, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.utime(tmp_path / "file", ns=(0, 1_700_000_000_123_456_789))
    (tmp_path / "whole").touch()
    os.utime(tmp_path / "whole", ns=(0, 1_700_000_000_000_000_000))
    files.put(each_box.id, contents(each_box, tmp_path))
    assert each_box.modified(each_box.at("file")).startswith("2023-11-14T22:13:20.123456789")
    assert each_box.modified(each_box.at("whole")).startswith("2023-11-14T22:13:20Z")


@pytest.mark.parametrize(
    ("user", "owner"),
    [("", (1234, 2345)), ("0", (0, 0)), ("1000:1001", (1000, 1001)), ("nobody", (65534, 65534))],
)
def test_what_arrives_belongs_to_the_user_of_the_container(
    files: EngineFiles, tmp_path: Path, user: str, owner: tuple[int, int]
) -> None:
    """Where it has none, to who owns it here."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").touch()
    (tmp_path / "link").symlink_to("file")
    here = [
        (target, replace(content, owner=1234, group=2345))
        for target, content in contents(Box("", None, "/srv/x"), tmp_path)
    ]
    with new_box(IMAGE, user=user) as box:
        files.put(box.id, here)
        found = box.tree("/srv/x")
        assert {name: one.owner for name, one in found.items() if name} == {
            "folder": owner,
            "folder/file": owner,
            "link": owner,
        }


def test_a_file_and_a_link_replace_each_other_and_nothing_is_written_through_a_link(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    (one / "kept").write_text("kept")
    (one / "link").symlink_to("kept")
    (one / "file").write_text("a file")
    files.put(each_box.id, contents(each_box, one))
    (two / "link").write_text("a file now")
    (two / "file").symlink_to("elsewhere")
    files.put(each_box.id, contents(each_box, two))
    found = {name: (one.kind, one.content) for name, one in each_box.tree().items()}
    assert found == {
        "": ("folder", b""),
        "kept": ("file", b"kept"),
        "link": ("file", b"a file now"),
        "file": ("link", "elsewhere"),
    }


@pytest.mark.parametrize(
    ("there", "comes"),
    [("file", "folder"), ("link", "folder"), ("folder", "file"), ("folder", "link")],
)
def test_folders_and_what_is_none_do_not_replace_each_other(
    each_box: Box, files: EngineFiles, tmp_path: Path, there: str, comes: str
) -> None:
    for kind in (there, comes):
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "to").mkdir()
        if kind == "folder":
            (folder / "it").mkdir()
            (folder / "it/below").write_text("below")
        elif kind == "file":
            (folder / "it").write_text("a file")
        else:
            (folder / "it").symlink_to("to")
    files.put(each_box.id, contents(each_box, tmp_path / there))
    before = each_box.tree()
    with pytest.raises(Blocked):
        files.put(each_box.id, contents(each_box, tmp_path / comes, ["it"]))
    assert each_box.tree() == before


def test_a_large_file_arrives_whole(each_box: Box, files: EngineFiles, tmp_path: Path) -> None:
    data = os.urandom(2 * HELD + 123)
    (tmp_path / "large").write_bytes(data)
    files.put(each_box.id, contents(each_box, tmp_path))
    assert each_box.tree()["large"].content == data


def test_a_large_file_that_shrinks_on_its_way_does_not_harm_what_follows(
    box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    (tmp_path / "large").write_bytes(os.urandom(HELD + 1))
    (tmp_path / "next").write_text("next")
    sent = contents(box, tmp_path)
    (tmp_path / "large").write_bytes(b"short")
    files.put(box.id, sent)
    found = box.tree()
    assert found["large"].content == b"short"
    assert found["next"].content == b"next"


def test_two_thousand_files_go_in_one_stream(box: Box, files: EngineFiles, tmp_path: Path) -> None:
    for number in range(2000):
        path = tmp_path / f"{number % 20}" / f"{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"number {number}")
    files.put(box.id, contents(box, tmp_path))
    ours, theirs = on_disk(tmp_path), box.tree()
    del ours[""], theirs[""]
    assert theirs == ours
    assert files.differing(box.id, puts(box, tmp_path)) == frozenset()


def test_a_kind_is_told_and_nothing_is_none(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    fill(tmp_path)
    files.put(each_box.id, contents(each_box, tmp_path))
    told = {
        name: files.kind(each_box.id, each_box.at(name))
        for name in ("deep", "deep/plain", "leads nowhere", "to a folder", "none", "none/none")
    }
    assert told == {
        "deep": Kind.FOLDER,
        "deep/plain": Kind.FILE,
        "leads nowhere": Kind.LINK,
        "to a folder": Kind.LINK,
        "none": None,
        "none/none": None,
    }
    assert files.kind(each_box.id, each_box.at("deep/plain/below")) is None


def test_links_that_lead_in_a_circle_or_through_a_file_are_links(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    """The engine, which follows them, refuses to look at them."""
    (tmp_path / "file").touch()
    for name, to in {"loop": "loop", "one": "two", "two": "one", "through": "file/x"}.items():
        (tmp_path / name).symlink_to(to)
    files.put(each_box.id, contents(each_box, tmp_path))
    for name in ("loop", "one", "two", "through"):
        assert files.kind(each_box.id, each_box.at(name)) is Kind.LINK
        assert files.kind(each_box.id, each_box.at(f"{name}/x/y")) is None
    expected = puts(each_box, tmp_path)
    assert files.differing(each_box.id, expected) <= {p.target for p in expected[1:]}
    (tmp_path / "loop").unlink()
    (tmp_path / "loop").write_text("a file now")
    files.put(each_box.id, contents(each_box, tmp_path))
    files.remove(each_box.id, [each_box.at(name) for name in ("one", "two", "through")], whole=True)
    assert {n: s.content for n, s in each_box.tree().items() if n} == {
        "file": b"",
        "loop": b"a file now",
    }


def test_names_are_all_paths_below_a_folder(
    each_box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    fill(tmp_path)
    files.put(each_box.id, contents(each_box, tmp_path))
    expected = sorted(name for name in on_disk(tmp_path) if name)
    assert sorted(files.names(each_box.id, each_box.top)) == expected
    assert files.names(each_box.id, each_box.at("none")) == ()


@pytest.mark.parametrize("count", [3, WHOLE + 20])
def test_what_differs_is_found_and_nothing_else(
    each_box: Box, files: EngineFiles, tmp_path: Path, count: int
) -> None:
    fill(tmp_path)
    for number in range(count - 3):
        (tmp_path / f"{number}").write_text(f"{number}")
    files.put(each_box.id, contents(each_box, tmp_path))
    expected = puts(each_box, tmp_path)
    assert files.differing(each_box.id, expected) == frozenset()
    (tmp_path / "deep/plain").write_text("this is other")
    (tmp_path / "deep/tool").chmod(0o700)
    (tmp_path / "shared").chmod(0o700)
    (tmp_path / "empty").write_text("no more")
    (tmp_path / "leads nowhere").unlink()
    (tmp_path / "leads nowhere").symlink_to("/nothing/here")
    (tmp_path / "to a folder").unlink()
    (tmp_path / "to a folder").write_text("a file now")
    (tmp_path / "new").write_text("new")
    (tmp_path / "deep/er/link").unlink()
    changed = {"deep/plain", "deep/tool", "shared", "empty", "leads nowhere", "to a folder", "new"}
    changed |= {"deep/er/link"}  # gone from the disk, so the container has something else
    expected.append(Put(each_box.at("new"), f"{tmp_path}/new"))
    found = files.differing(each_box.id, expected)
    assert {target.removeprefix(f"{each_box.top}/") for target in found} == changed


def test_what_differs_is_found_in_folders_that_have_nothing_in_common(
    box: Box, files: EngineFiles, tmp_path: Path
) -> None:
    expected = []
    for number in range(2 * WHOLE):
        (tmp_path / f"{number}").write_text(f"{number}")
        top = ("/one", "/two/deep", "", "/none")[number % 4]
        expected.append(Put(f"{top}/e2e-{number}", f"{tmp_path}/{number}"))
    sent = [p for p in expected if not p.target.startswith("/none")]
    read = FileReader().read
    files.put(box.id, ((p.target, content) for p in sent if (content := read(p.source))))
    differing = files.differing(box.id, expected)
    assert differing == frozenset(p.target for p in expected if p not in sent)

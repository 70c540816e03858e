"""A few files in a folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.plain_folder import write_folder
from envctl.errors import Failed, Refused

FILES = [("compose.yaml", b"{}", False), ("configs/run", b"#!/bin/sh\n", True)]


def test_files_and_the_folders_of_files_are_made(tmp_path: Path) -> None:
    written = write_folder(tmp_path / "new", FILES)
    assert [path.read_bytes() for path in written] == [b"{}", b"#!/bin/sh\n"]
    assert [bool(path.stat().st_mode & 0o100) for path in written] == [False, True]
    assert write_folder(tmp_path / "new", FILES) == written


def test_a_file_of_somebody_else_stays_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "run").write_text("mine")
    with pytest.raises(Refused):
        write_folder(tmp_path, FILES)
    assert not (tmp_path / "compose.yaml").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="cannot write"):
        write_folder(tmp_path / "file", FILES)


@pytest.mark.parametrize("path", ["../b", "configs/../../b", "/etc/b", "", ".", "..", "link/b"])
def test_nothing_is_written_outside_of_the_folder(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(Refused, match="would not be in"):
        write_folder(folder, [*FILES, (path, b"", False)])
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["folder", "link"]


def test_no_link_is_followed_to_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, target in (("compose.yaml", tmp_path / "b"), ("env-1.env", folder / "other")):
        (folder / name).symlink_to(target)
        with pytest.raises(Refused, match="would not be in"):
            write_folder(folder, [(name, b"", False)])
        assert not target.exists()


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "folder").symlink_to("real")
    write_folder(tmp_path / "folder", FILES)
    assert (tmp_path / "real" / "configs" / "run").is_file()

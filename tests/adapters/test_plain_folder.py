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

from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.adapters.new_file import create_file
from envctl.errors import Refused


def test_a_new_file_is_whole_and_for_the_whole_project(tmp_path: Path) -> None:
    former = os.umask(0o022)
    try:
        create_file(tmp_path / "new", "text ü")
    finally:
        os.umask(former)
    assert (tmp_path / "new").read_text(encoding="utf-8") == "text ü"
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_file_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("old")
    with pytest.raises(Refused):
        create_file(tmp_path / "new", "text")
    assert (tmp_path / "new").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_link_that_leads_nowhere_is_a_file_that_exists(tmp_path: Path) -> None:
    (tmp_path / "new").symlink_to("nowhere")
    with pytest.raises(Refused):
        create_file(tmp_path / "new", "text")


def test_a_folder_that_is_gone_is_told_by_the_files_own_name(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        create_file(tmp_path / "gone" / "new", "text")
    assert caught.value.filename == str(tmp_path / "gone" / "new")

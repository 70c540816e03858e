"""Which folders are gone, and which only look so."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.folders import FolderReader


def test_a_folder_that_is_there_is_not_gone(tmp_path: Path) -> None:
    assert not FolderReader().is_gone(str(tmp_path))


@pytest.mark.parametrize("path", ["nowhere", "file", "file/below", "dangling"])
def test_what_is_no_folder_is_gone(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert FolderReader().is_gone(str(tmp_path / path))


def test_what_cannot_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    """A loop of links stands for a disk that fails and a folder that is not readable."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert not FolderReader().is_gone(str(tmp_path / "loop"))
    assert not FolderReader().is_gone(f"{tmp_path}/{'x' * 300}")
    assert not FolderReader().is_gone("a\0b")


def test_a_path_is_told_without_its_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert FolderReader().real(str(tmp_path / "link" / "x")) == str(tmp_path.resolve() / "real/x")

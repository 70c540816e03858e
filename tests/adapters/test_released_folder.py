"""The folder of a playground from a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.released_folder import ReleasedFolder, remove_folder
from envctl.domain.released import Released
from envctl.errors import Failed

HERE = Released(
    "r/shop@x", "r", "shop", "r/shop", "x", "1", "sha256:1", ("/a", "/b"), ("api",), "/src"
)


def test_what_it_is_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = ReleasedFolder(tmp_path / "new")
    assert folder.released() is None
    folder.finish(HERE)
    assert folder.released() == HERE


@pytest.mark.parametrize("text", ["", "[]", "{", '{"own": 1}', "null", "\xff"])
def test_a_file_that_is_broken_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "origin.json").write_text(text, encoding="latin-1")
    assert ReleasedFolder(tmp_path).released() is None


def test_others_cannot_look_into_it_and_containers_can_read_what_is_mounted(tmp_path: Path) -> None:
    folder = ReleasedFolder(tmp_path / "new")
    folder.write(".env", b"A=1\n")
    folder.write_release([("configs/1/run", b"#!/bin/sh\n", True), ("compose.yaml", b"{}", False)])
    modes = {p.name: p.stat().st_mode & 0o777 for p in folder.path.rglob("*") if p.is_file()}
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert modes == {".env": 0o600, "run": 0o755, "compose.yaml": 0o644}


@pytest.mark.parametrize("name", ["../x", "release/../../x", "/etc/x", "a/../../x"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failed, match="leads out of the playground's folder"):
        ReleasedFolder(tmp_path / "in").write(name, b"")
    assert not (tmp_path / "x").exists()


def test_a_file_that_is_as_it_has_to_be_is_not_written_again(tmp_path: Path) -> None:
    folder = ReleasedFolder(tmp_path)
    before = folder.write("a", b"1").stat().st_ino
    assert folder.write("a", b"1").stat().st_ino == before
    (tmp_path / "a").chmod(0o644)
    assert folder.write("a", b"1").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(Failed, match="cannot write"):
        ReleasedFolder(tmp_path).write("a/b", b"")


def test_a_folder_is_removed_and_what_a_link_leads_to_is_not(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    folder = ReleasedFolder(tmp_path / "gone")
    folder.finish(HERE)
    (folder.path / "link").symlink_to(kept)
    remove_folder(folder.path)
    remove_folder(folder.path)
    assert not folder.path.exists()
    assert kept.is_dir()

from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.adapters.watch.disk import HELD, FileReader
from envctl.domain.watch.stamp import Kind
from envctl.ports.watch import Content

READ = FileReader().read


def read(path: Path) -> Content:
    content = READ(str(path))
    assert content
    return content


def test_the_same_has_the_same_key_and_any_difference_another(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    first = read(file)
    assert read(file).key == first.key != b""
    keys = {first.key}
    os.utime(file, ns=(1, 1))
    keys.add(read(file).key)
    file.chmod(0o700)
    keys.add(read(file).key)
    file.write_text("more")
    os.utime(file, ns=(1, 1))
    keys.add(read(file).key)
    assert len(keys) == 4


def test_a_folder_has_no_time(tmp_path: Path) -> None:
    first = read(tmp_path)
    (tmp_path / "file").touch()
    assert first.kind is Kind.FOLDER
    assert read(tmp_path).key == first.key


def test_links_are_read_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    assert (read(tmp_path / "link").kind, read(tmp_path / "link").link) == (Kind.LINK, "nowhere")
    assert read(tmp_path / "circle").link == "circle"


def test_a_large_file_is_not_held(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as out:
        out.truncate(HELD + 1)
    content = read(file)
    assert (content.data, content.size, content.key) == (None, HELD + 1, b"")


def test_what_is_gone_or_no_file_is_nothing_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    for name in ("gone", "pipe", "file/below"):
        assert READ(str(tmp_path / name)) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_is_closed_to_us_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o000)
    with pytest.raises(PermissionError):
        READ(str(tmp_path / "file"))

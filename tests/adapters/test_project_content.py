from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.adapters.project_content import ProjectContent
from envctl.domain.carried_file import EMPTY, MISSING, MOST_BYTES, UNCOMMITTED, CarriedFile


@pytest.fixture
def content(tmp_path: Path) -> ProjectContent:
    root = tmp_path / "project"
    (root / "compose").mkdir(parents=True)
    (root / "conf").write_bytes(b"a\r\n\xc3\xbc")
    (root / "run.sh").write_text("#!")
    (root / "run.sh").chmod(0o755)
    (root / "latin").write_bytes(b"\xfc")
    (root / "zero").write_bytes(b"a\0b")
    (root / "empty").touch()
    (root / "most").write_bytes(b"a" * MOST_BYTES)
    (root / "more").write_bytes(b"a" * (MOST_BYTES + 1))
    (root / "link").symlink_to("conf")
    (root / "away").symlink_to("/etc/hostname")
    os.mkfifo(root / "pipe")
    (tmp_path / "outside").write_text("a")
    return ProjectContent(root / "compose", root)


def test_a_text_is_read_as_it_is(content: ProjectContent) -> None:
    assert content.read("../conf") == CarriedFile("a\r\nü")
    assert content.read("../link") == CarriedFile("a\r\nü")
    assert content.read("../run.sh") == CarriedFile("#!", executable=True)
    assert content.read("../most") == CarriedFile("a" * MOST_BYTES)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../latin", "is no text in UTF-8"),
        ("../zero", "is no text: it has zero bytes"),
        ("../empty", EMPTY),
        ("../more", "has more than 256 KiB"),
        ("../gone", MISSING),
        ("..", "is a folder of the project"),
        (".", "is a folder of the project"),
        ("../pipe", "is no regular file"),
        ("../conf/below", "cannot be read: Not a directory"),
        ("../../outside", "lies outside of the project"),
        ("../away", "lies outside of the project"),
    ],
)
def test_what_cannot_be_carried_says_why(content: ProjectContent, path: str, problem: str) -> None:
    assert content.read(path) == CarriedFile(problem=problem)


def test_an_absolute_path_outside_is_the_hosts(content: ProjectContent, tmp_path: Path) -> None:
    assert content.read("/etc/hostname") is None
    assert content.read("~/conf") is None
    assert content.read(str(tmp_path / "project" / "conf")) == CarriedFile("a\r\nü")


def test_what_is_in_no_commit_is_not_carried(content: ProjectContent, tmp_path: Path) -> None:
    root = tmp_path / "project"
    content = ProjectContent(root / "compose", root, {str(root / "conf")}.__contains__)
    assert content.read("../link") == CarriedFile("a\r\nü")
    assert content.read("../run.sh") == CarriedFile(problem=UNCOMMITTED)
    assert content.read("../gone") == CarriedFile(problem=MISSING)

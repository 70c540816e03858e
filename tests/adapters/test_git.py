"""What Git says of a folder, in real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from envctl.adapters.git import Git, public_address
from envctl.domain.commit import Uncommitted
from envctl.domain.project import Project
from envctl.domain.service import Build, Service

pytestmark = pytest.mark.process


def _git(folder: Path, *words: str) -> None:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=plain)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "a b é"
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "main.py").write_text("1")
    (folder / ".gitignore").write_text("*.pyc\n")
    _git(folder, "init", "--quiet")
    _git(folder, "config", "user.name", "Ada")
    _git(folder, "config", "user.email", "ada@example.com")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "x", "--date", "2026-01-01T00:00:00Z")
    return folder


def test_a_commit_has_a_name_a_time_an_author_and_a_place(folder: Path) -> None:
    _git(folder, "remote", "add", "origin", "git@git.example.com:shop/shop.git")
    commit = Git(folder).commit()
    assert commit is not None
    assert len(commit.digest) == 40
    assert commit.created.startswith("20")
    assert commit.created.endswith("Z")
    assert commit.author == "Ada <ada@example.com>"
    assert commit.source == "https://git.example.com/shop/shop"


def test_without_a_repository_there_is_no_commit_and_nothing_uncommitted(tmp_path: Path) -> None:
    assert Git(tmp_path).commit() is None
    assert Git(tmp_path).uncommitted() == ()


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    _git(tmp_path, "init", "--quiet")
    assert Git(tmp_path).commit() is None


def test_a_clean_tree_has_nothing_uncommitted(folder: Path) -> None:
    assert Git(folder).uncommitted() == ()


def test_changed_new_and_deleted_files_are_told(folder: Path) -> None:
    (folder / "api" / "main.py").unlink()
    (folder / "api" / "neu é").write_text("")
    (folder / ".gitignore").write_text("*.pyc\nx\n")
    assert set(Git(folder / "api").uncommitted()) == {
        Uncommitted(str(folder / "api" / "main.py")),
        Uncommitted(str(folder / "api" / "neu é")),
        Uncommitted(str(folder / ".gitignore")),
    }


def test_committed_files_are_told_with_the_folders_that_they_are_in(folder: Path) -> None:
    (folder / "api" / "a.pyc").write_text("")
    (folder / "api" / "empty").mkdir()
    (folder / "b[c]").write_text("")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "x")
    api = str(folder / "api")
    found = Git(folder / "api").committed([api, str(folder / "b[c]"), "/elsewhere"])
    above = {str(one) for one in (folder, *folder.parents)} - {"/"}
    assert found == {f"{api}/main.py", str(folder / "b[c]"), api, *above}
    assert Git(folder).committed([]) == frozenset()


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_what_git_does_not_look_at_is_in_no_commit(folder: Path, flag: str) -> None:
    _git(folder, "update-index", flag, "api/main.py")
    (folder / "api" / "main.py").write_text("other")
    assert Git(folder).uncommitted() == ()
    assert Git(folder).committed([str(folder / "api")]) == frozenset()


def test_a_submodule_is_committed_when_it_is_there(folder: Path, tmp_path: Path) -> None:
    top, clone = tmp_path / "top", tmp_path / "clone"
    top.mkdir()
    _git(top, "init", "--quiet")
    _git(top, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(folder), "sub")
    _git(top, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "x")
    _git(tmp_path, "clone", "--quiet", str(top), str(clone))
    assert f"{top}/sub/api/main.py" in Git(top).committed([str(top)])
    assert f"{clone}/sub" not in Git(clone).committed([str(clone)])


def test_a_service_is_unclean_when_a_file_below_its_context_is(
    folder: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    services = (
        Service("api", "api:latest", build=Build(str(link / "api"), "Dockerfile", "{}")),
        Service("web", "web:latest", build=Build(str(folder / "web"), "Dockerfile", "{}")),
        Service("db", "db:15"),
    )
    project = Project("shop", services)
    assert Git(folder).unclean(project, ["api", "web", "db"]) == frozenset()
    (folder / "api" / "a.pyc").write_text("")
    assert Git(folder).unclean(project, ["api", "web", "db"]) == frozenset()
    (folder / "api" / "main.py").write_text("2")
    assert Git(folder).unclean(project, ["api", "web", "db"]) == {"api"}


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@git.example.com:a/b.git", "https://git.example.com/a/b"),
        ("ssh://git@git.example.com:2222/a/b.git", "https://git.example.com/a/b"),
        ("https://user:word@git.example.com/a/b.git", "https://git.example.com/a/b"),
        ("https://git.example.com/a/b/", "https://git.example.com/a/b"),
        ("/srv/git/a.git", ""),
        ("../a.git", ""),
        ("file:///srv/a.git", ""),
        ("", ""),
    ],
)
def test_every_way_to_a_repository_has_one_address(remote: str, address: str) -> None:
    assert public_address(remote) == address


def test_a_file_with_other_line_ends_than_in_the_commit_is_not_of_it(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "api" / "main.py").write_text("1\n2\n")
    _git(folder, "commit", "--quiet", "--all", "--message", "lines")
    clone = tmp_path / "clone"
    _git(tmp_path, "-c", "core.autocrlf=true", "clone", "--quiet", str(folder), str(clone))
    file = str(clone / "api" / "main.py")
    assert str(folder / "api" / "main.py") in Git(folder).committed([str(folder)])
    assert file not in Git(clone).committed([str(clone)])
    assert str(clone / ".gitignore") not in Git(clone).committed([str(clone)])


def test_a_file_that_can_be_executed_here_only_is_changed(folder: Path) -> None:
    _git(folder, "config", "core.fileMode", "false")
    (folder / "api" / "main.py").chmod(0o755)
    assert Git(folder).uncommitted() == (Uncommitted(str(folder / "api" / "main.py")),)


def test_the_commits_between_two_are_told_and_nothing_of_those_it_does_not_have(
    folder: Path,
) -> None:
    git = Git(folder)
    before = git.commit()
    for subject in ("one\n\nand more", "two | it's"):
        _git(folder, "commit", "--quiet", "--allow-empty", "--message", subject)
    after = git.commit()
    assert before
    assert after
    found = git.commits(before.digest, after.digest)
    assert found
    assert [(one.subject, one.author) for one in found] == [("two | it's", "Ada"), ("one", "Ada")]
    assert found[0].digest == after.digest
    assert str(found[1]) == f"{found[1].digest[:12]} one (Ada)"
    assert git.commits(before.digest, before.digest) == ()
    assert git.commits("a" * 40, after.digest) is None
    assert git.commits("--output=stolen", "HEAD") is None
    assert not (folder / "stolen..HEAD").exists()

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from envctl.adapters.checkout import find_checkout, is_same_checkout
from envctl.domain.playground import Checkout


def git(folder: Path, *words: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=m")
    allowed = ("-c", "protocol.file.allow=always")
    subprocess.run(
        ["git", *settings, *allowed, *words], cwd=folder, check=True, capture_output=True
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "shop"
    (folder / "deploy").mkdir(parents=True)
    (folder / "deploy" / "compose.yaml").write_text("services: {}\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


def test_a_folder_outside_git_is_a_checkout_by_itself(tmp_path: Path) -> None:
    assert find_checkout(tmp_path) == Checkout(str(tmp_path))


@pytest.mark.process
def test_a_main_checkout_is_no_worktree(shop: Path) -> None:
    assert find_checkout(shop / "deploy") == Checkout(str(shop / "deploy"), str(shop))


@pytest.mark.process
def test_a_worktree_has_the_name_that_git_gave_it(shop: Path, tmp_path: Path) -> None:
    git(shop, "worktree", "add", "--quiet", "../feature")
    feature = tmp_path / "feature"
    expected = Checkout(str(feature / "deploy"), str(feature), "feature", str(shop))
    assert find_checkout(feature / "deploy") == expected


@pytest.mark.process
def test_a_link_to_a_checkout_is_the_same_one(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(shop)
    assert find_checkout(tmp_path / "link") == find_checkout(shop)
    assert is_same_checkout(find_checkout(shop), str(tmp_path / "link"))


@pytest.mark.process
def test_a_submodule_belongs_to_the_checkout_around_it(shop: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "submodule", "--quiet", "add", str(shop), "shop")
    git(outer, "commit", "--quiet", "-m", "one")
    assert find_checkout(outer / "shop") == Checkout(str(outer / "shop"), str(outer))
    git(outer, "worktree", "add", "--quiet", "../feature")
    feature = tmp_path / "feature"
    git(feature, "submodule", "--quiet", "update", "--init")
    assert find_checkout(feature / "shop").worktree == "feature"


@pytest.mark.process
def test_a_worktree_inside_its_main_checkout_is_another(shop: Path) -> None:
    git(shop, "worktree", "add", "--quiet", "trees/feature")
    main, feature = find_checkout(shop), find_checkout(shop / "trees" / "feature")
    assert not is_same_checkout(main, feature.folder)
    assert not is_same_checkout(feature, main.folder)
    assert is_same_checkout(main, str(shop / "deploy"))


def test_a_git_file_that_says_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").write_bytes(b"\xff")
    assert find_checkout(tmp_path) == Checkout(str(tmp_path))

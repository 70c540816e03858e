"""Find out which checkout a folder belongs to, from Git's own files."""

from __future__ import annotations

import os
from pathlib import Path

from envctl.domain.playground import Checkout


def find_checkout(folder: Path) -> Checkout:
    """Return the checkout that `folder` lies in; outside of Git, the folder by itself.

    A submodule counts as a part of the checkout that it lies in.
    """
    real = Path(os.path.realpath(folder))
    for root in (real, *real.parents):
        git = root / ".git"
        if git.is_dir():
            return Checkout(str(real), str(root))
        target = _pointed(git)
        if target and target.parent.name == "worktrees":
            return Checkout(str(real), str(root), target.name, _main(target.parent.parent))
    return Checkout(str(real))


def is_same_checkout(one: Checkout, folder: str) -> bool:
    """Whether a project that was found in `folder` is the one of the checkout `one`.

    Compose files may lie in a folder below the one that the project is known by.
    """
    other = os.path.realpath(folder)
    if other == one.folder:
        return True
    nested = Path(other).is_relative_to(one.folder) or Path(one.folder).is_relative_to(other)
    return nested and find_checkout(Path(other)).root == one.root


def _pointed(git: Path) -> Path | None:
    """Return the folder that a `.git` file points to; None when there is no such file."""
    try:
        kind, _, target = git.read_text(encoding="utf-8").strip().partition("gitdir: ")
    except (OSError, UnicodeDecodeError):
        return None
    return git.parent / target if target and not kind else None


def _main(common: Path) -> str:
    """Return the main checkout's folder, empty for a bare repository."""
    return os.path.realpath(common.parent) if common.name == ".git" else ""

"""The commit that a release is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Commit:
    """A commit: its full name, its time (`2026-01-31T23:59:59Z`), author, and repository's URL."""

    digest: str
    created: str
    author: str
    source: str = ""


@dataclass(frozen=True)
class Uncommitted:
    """A path that is no part of the commit as it is; `ignored` ones Git was told to leave out."""

    path: str
    ignored: bool = False


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; both are absolute."""
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")

"""The commit that a release is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Commit:
    """A commit: its full name, its time (`2026-01-31T23:59:59Z`), author, and repository's URL."""

    digest: str
    created: str
    author: str
    source: str = ""


@dataclass(frozen=True)
class LoggedCommit:
    """A commit as a log has it: its full name, the author's name, the first line of its message."""

    digest: str
    author: str
    subject: str

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.subject} ({self.author})"


@dataclass(frozen=True)
class Uncommitted:
    """A path that is changed or new since the commit; what Git was told to ignore is none."""

    path: str


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders that `path` is in, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; both are absolute."""
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")

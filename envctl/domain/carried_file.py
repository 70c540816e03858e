"""A file of the project that a release carries inside, or why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MOST_BYTES = 256 * 1024
MISSING = "is not there"
FOLDER = "is a folder of the project"
UNCOMMITTED = "is in no commit, so that another clone does not have it"
EMPTY = "is empty: Compose makes no file of a config without content"


@dataclass(frozen=True)
class CarriedFile:
    """The text of a file; `problem` says in words why it cannot be carried, after its name."""

    text: str = field(default="", repr=False)
    executable: bool = False
    problem: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether there is no such file."""
        return self.problem == MISSING

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.problem == FOLDER

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.problem == EMPTY


ReadFile = Callable[[str], CarriedFile | None]
"""Reads a path as the Compose files write it; None for what is outside of the project, by an
absolute path, and so is the host's own."""

"""Find the project that a folder belongs to."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROJECT_FILE = "envctl.toml"
# Compose's own names, in its order of preference
COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_COMPOSE_FILE = re.compile(rb"^\s*(?:export\s+)?COMPOSE_FILE\s*[=:]\s*\S", re.MULTILINE)


def find_project(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, with an envctl.toml or a Compose file.

    A `.env` that says with COMPOSE_FILE where those are does as well.

    Raises ConfigurationError when there is none up to the root.
    """
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in (PROJECT_FILE, *COMPOSE_FILES)):
            return folder
        if _names_files(folder / ".env"):
            return folder
    raise ConfigurationError(
        f"no envctl.toml and no Compose file in {start} or a folder above it",
        hint="change to the project's folder, or name its files with --file",
    )


def _names_files(path: Path) -> bool:
    try:
        return bool(_COMPOSE_FILE.search(path.read_bytes()))
    except OSError:
        return False


def has_project(start: Path, files: Sequence[str]) -> bool:
    """Whether there are any files to read, broken ones included; `files` are named by the user."""
    if files or os.environ.get("COMPOSE_FILE"):
        return True
    try:
        return bool(find_project(start))
    except ConfigurationError:
        return False


def find_files(start: Path, named: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Return the project's folder, and the Compose files that have to be named there.

    None have to be where Compose finds them. ConfigurationError when there are none, or when
    several folders below `start` have some.
    """
    if named or (named := _by_variable()):
        return start, named
    try:
        return find_project(start), ()
    except ConfigurationError:
        below = sorted(
            folder for folder in start.iterdir() if folder.is_dir() and _compose_files(folder)
        )
        if not below:
            raise
    if len(below) > 1:
        paths = ", ".join(str(folder.relative_to(start)) for folder in below)
        raise ConfigurationError(
            f"no Compose file in {start}, and some in {paths}",
            hint="say which one is meant, with --file FILE",
        )
    return start, tuple(str(path.relative_to(start)) for path in _compose_files(below[0]))


def _by_variable() -> tuple[str, ...]:
    separator = os.environ.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    return tuple(filter(None, os.environ.get("COMPOSE_FILE", "").split(separator)))


def _compose_files(folder: Path) -> list[Path]:
    """The files that Compose would find in `folder`: the first of its names, and an override."""
    first = [folder / name for name in COMPOSE_FILES if (folder / name).is_file()][:1]
    overrides = [folder / name.replace(".y", ".override.y") for name in COMPOSE_FILES]
    return first + [path for path in overrides if first and path.is_file()][:1]

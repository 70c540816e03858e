"""Find the project that a folder belongs to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROJECT_FILE = "envctl.toml"
# Compose's own names, in its order of preference
COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def find_project(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, with an envctl.toml or a Compose file.

    Raises ConfigurationError when there is none up to the root.
    """
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in (PROJECT_FILE, *COMPOSE_FILES)):
            return folder
    raise ConfigurationError(
        f"no envctl.toml and no Compose file in {start} or a folder above it",
        hint="change to the project's folder, or name its files with --file",
    )


def has_project(start: Path, files: Sequence[str]) -> bool:
    """Whether there are any files to read, broken ones included; `files` are named by the user."""
    if files or os.environ.get("COMPOSE_FILE"):
        return True
    try:
        return bool(find_project(start))
    except ConfigurationError:
        return False

"""Which Compose files a project has, by name."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.compose_sources import DEFAULTS, OVERRIDES

if TYPE_CHECKING:
    from envctl.adapters.compose_options import ComposeOptions


def compose_files(options: ComposeOptions) -> tuple[str, ...]:
    """Return the files that Compose reads, as it finds them where none are named."""
    if options.files:
        return options.files
    separator = os.environ.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    if named := os.environ.get("COMPOSE_FILE", ""):
        return tuple(filter(None, named.split(separator)))
    there = [[n for n in names if Path(options.folder, n).is_file()] for names in _NAMES]
    return tuple(names[0] for names in there if names)


_NAMES = (DEFAULTS, OVERRIDES)


def with_overlay(options: ComposeOptions, overlay: str) -> ComposeOptions:
    """Return how to call Compose with one more file, relative to the project's folder."""
    return replace(options, files=(*compose_files(options), overlay)) if overlay else options

"""Which Compose files a project has, by name."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.compose_references import Unclear
from envctl.adapters.compose_sources import DEFAULTS, OVERRIDES, find_sources

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


def all_compose_files(options: ComposeOptions) -> frozenset[str]:
    """Return the absolute paths of all that Compose reads, included and extended files too.

    Those that only Compose can find are left out.
    """
    folder = str(options.folder)
    named = {os.path.realpath(Path(folder, name)) for name in compose_files(options)}
    try:
        found = find_sources(folder, options.files, options.env_files, os.environ).models
    except (Unclear, OSError):
        return frozenset(named)
    return frozenset(named | set(map(os.path.realpath, found)))


_NAMES = (DEFAULTS, OVERRIDES)


def with_overlay(options: ComposeOptions, overlay: str) -> ComposeOptions:
    """Return how to call Compose with one more file, relative to the project's folder."""
    return replace(options, files=(*compose_files(options), overlay)) if overlay else options

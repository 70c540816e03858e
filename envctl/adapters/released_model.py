"""What Compose makes of the definition of a release, here and now."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from envctl.domain.compose_artifact import ComposeDefinition

_ASSIGNED = re.compile(r"^\s*(?:export\s+)?(\w+)\s*[=:]", re.MULTILINE)


def released_model(
    definition: ComposeDefinition, name: str, settings: Sequence[Path] = ()
) -> dict[str, Any]:
    """Return the effective model of `definition` in this environment.

    `settings` are files with further variables, later ones before earlier ones. Files of secrets
    that the definition leaves to variables are taken to be somewhere.
    """
    with tempfile.TemporaryDirectory(prefix="envctl-release-") as folder:
        for file, data in (("compose.yaml", definition.compose), *definition.env_files):
            Path(folder, file).write_bytes(data)
        secrets = Path(folder, "secrets")
        secrets.write_text("".join(f"{name}={os.devnull}\n" for name in _needed(definition)))
        options = ComposeOptions(
            Path(folder),
            files=("compose.yaml",),
            env_files=(*(str(path) for path in settings), str(secrets)),
            name=name,
            project_folder=folder,
        )
        return ComposeReader(options, lambda _: None).model()


def _needed(definition: ComposeDefinition) -> Iterator[str]:
    """Yield the variables that name files of secrets."""
    for body in (json.loads(definition.compose).get("secrets") or {}).values():
        file = str((body or {}).get("file", ""))
        if file.startswith("${") and ":?" in file:
            yield file[2:].partition(":?")[0]


def settings_files(options: ComposeOptions, compose_folder: Path) -> list[Path]:
    """Return the env files that Compose fills in variables from, later ones before earlier ones."""
    named = options.env_files or os.environ.get("COMPOSE_ENV_FILES", "").split(",")
    if files := [options.folder / name for name in named if name]:
        return files
    if os.environ.get("COMPOSE_DISABLE_ENV_FILE", "").lower() in ("1", "t", "true"):
        return []
    folders = dict.fromkeys((compose_folder, options.folder))
    return [path for folder in folders if (path := folder / ".env").is_file()]


def variables_from_here(settings: Sequence[Path], is_committed: Callable[[str], bool]) -> set[str]:
    """Return the variables that have values from the environment, or a file in no commit."""
    files = [path for path in settings if path.is_file() and not is_committed(str(path.resolve()))]
    texts = (path.read_text("utf-8", "replace") for path in files)
    return {*os.environ, *(name for text in texts for name in _ASSIGNED.findall(text))}

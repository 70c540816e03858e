"""Hands `init` the project that it is about."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.compose_written import profiles_of, written_model
from envctl.adapters.machine.files import unfiltered_contexts
from envctl.adapters.machine.images import checked_services
from envctl.adapters.new_file import create_file
from envctl.config.discovery import COMPOSE_FILES, PROJECT_FILE, find_files
from envctl.domain.starter import env_files
from envctl.ports.starter import Unsettled
from envctl.wiring.project_files import ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.compose_options import ComposeOptions
    from envctl.domain.starter import Value
    from envctl.ports.starter import Starter
    from envctl.wiring.project_files import Choices

_TEMPLATES = (".example", ".sample", ".template", ".dist")


def starter(choices: Choices, note: Callable[[str], None]) -> Starter:
    """Return the project of `choices`; a playground's name has no place in its settings."""
    folder, files = find_files(choices.folder, choices.files)
    return ProjectStarter(replace(choices, folder=folder, files=files, name=""), note)


class ProjectStarter:
    """A project whose files are known; `choices.files` are empty where Compose finds them."""

    def __init__(self, choices: Choices, note: Callable[[str], None]) -> None:
        self._choices, self._note = choices, note
        self._path = choices.folder / PROJECT_FILE

    def path(self) -> str:
        """Return where the settings belong."""
        return str(self._path)

    def exists(self) -> bool:
        """Whether there are settings already."""
        return os.path.lexists(self._path)

    def reference(self) -> str:
        """Return the manual of the settings."""
        from envctl import config

        return Path(config.__file__).with_name("reference.toml").read_text(encoding="utf-8")

    def read(self) -> Unsettled:
        """Return the project; ConfigurationError when Compose cannot read it."""
        files = ProjectFiles(self._choices, self._note)
        model, options = files.model(), files.options
        written = written_model(options) or {}
        return Unsettled(
            said=self._said(files.base()),
            examples=self._examples(options, env_files(written)),
            project=files.project(),
            model=model,
            written=written,
            checked=checked_services(files.project(), model),
            unfiltered=unfiltered_contexts(files.project()),
        )

    def write(self, text: str) -> None:
        """Write the settings; Refused when somebody else has just done so."""
        create_file(self._path, text)

    def _said(self, name: str) -> dict[str, Value]:
        folder = self._choices.folder
        named = {"compose": tuple(_from(folder, f) for f in self._choices.files)}
        chosen: dict[str, Value] = {**named, "profiles": self._choices.profiles}
        # a name that this shell alone has is nothing to write down
        chosen["name"] = "" if os.environ.get("COMPOSE_PROJECT_NAME") else name
        return {key: value for key, value in chosen.items() if value}

    def _examples(self, options: ComposeOptions, used: frozenset[str]) -> dict[str, Value]:
        """Settings to choose; a file for a container is none for the Compose files."""
        folder = self._choices.folder
        beside = (folder / (self._choices.files or COMPOSE_FILES)[0]).parent
        found = [*sorted(beside.glob("*.env")), *sorted(beside.glob(".env.*"))]
        files = [str(p) for p in found if p.name != ".env" and p.suffix not in _TEMPLATES]
        could = {
            "profiles": profiles_of(options),
            "env_files": tuple(_from(folder, path) for path in files if path not in used),
        }
        return {key: value for key, value in could.items() if value}


def _from(folder: Path, file: str) -> str:
    """Return `file` as `folder` sees it, where it lies below."""
    path = folder / file
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else file

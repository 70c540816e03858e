"""How Compose is called for a project."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envctl.adapters.process import Command

# by its name alone: what these say is about files, which may be broken or gone
NO_FILES = dict.fromkeys(("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"))


@dataclass(frozen=True)
class ComposeOptions:
    """Which project: the arguments that go before every Compose verb.

    `content` is what the file `-` says; `environment` is what Compose is called with besides.
    """

    folder: Path
    files: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str = ""
    project_folder: str = ""
    content: bytes = field(default=b"", repr=False)
    environment: Mapping[str, str | None] = field(default_factory=dict)

    def arguments(self) -> tuple[str, ...]:
        """Return them as Compose takes them."""
        flags = [("--file", f) for f in self.files]
        flags += [("--env-file", f) for f in self.env_files]
        flags += [("--profile", p) for p in self.profiles]
        flags += [("--project-name", self.name)] if self.name else []
        flags += [("--project-directory", self.project_folder)] if self.project_folder else []
        return tuple(word for flag in flags for word in flag)

    def command(self, *words: str, progress: str = "quiet") -> Command:
        """Return the call of a Compose verb with its arguments."""
        from envctl.adapters.process import Command

        start = ("docker", "compose", *self.arguments(), "--progress", progress)
        return Command((*start, *words), self.folder, self.environment, self.content)


def chosen_here(options: ComposeOptions) -> tuple[str, ...]:
    """Return the variables of the environment that choose what Compose reads.

    They count where the project itself does not say it.
    """
    said = {
        "COMPOSE_ENV_FILES": options.env_files,
        "COMPOSE_FILE": options.files,
        "COMPOSE_PROFILES": options.profiles,
    }
    return tuple(name for name, given in said.items() if not given and os.environ.get(name))

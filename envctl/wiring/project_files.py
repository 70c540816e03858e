"""The project that a command means: its files as Compose reads them, in this playground."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.released_folder import RELEASE
from envctl.config.compose_model import parse_model
from envctl.config.discovery import PROJECT_FILE, find_project
from envctl.config.project_file import ProjectFile, load_project_file
from envctl.domain.adjust import adjusted
from envctl.domain.playground import as_name
from envctl.domain.project import is_name
from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.playground import Checkout, Claim
    from envctl.domain.project import Project
    from envctl.ports.images import ImageRegistry


@dataclass(frozen=True)
class Choices:
    """What the command line says about which project is meant; empty means not said.

    A playground from a release has services of its own built from what is in `sources`. `home` is
    where its folder will be, while the files are elsewhere for a dry run.
    """

    folder: Path
    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str = ""
    env_files: tuple[str, ...] = ()
    sources: Path | None = None
    home: Path | None = None


def given_name(choices: Choices) -> str:
    """Return the playground's name as the user said it; empty when it has to be found."""
    said = choices.name or os.environ.get("COMPOSE_PROJECT_NAME", "")
    return said if is_name(said) else ""


class ProjectFiles:
    """The project that the choices lead to, read once.

    Whoever `starts` something may start its registry where that was stopped. A playground that
    stands `aside` leaves ports and names to others as they are written, even while they are free.
    """

    aside = False

    def __init__(
        self, choices: Choices, note: Callable[[str], None], *, starts: bool = False
    ) -> None:
        self._choices, self.note, self.starts = choices, note, starts
        self.registries: dict[str, ImageRegistry] = {}
        if not given_name(choices):  # what has a name can be removed when its files are gone
            _ = self.settings

    def with_profiles(self, profiles: tuple[str, ...]) -> ProjectFiles:
        """Return the same playground with these Compose profiles, to be read anew."""
        choices = replace(self._choices, profiles=profiles)
        return ProjectFiles(choices, self.note, starts=self.starts)

    @cached_property
    def settings(self) -> ProjectFile:
        """What envctl.toml says; the defaults when files are named on the command line."""
        return (
            ProjectFile() if self._choices.files else load_project_file(self.folder / PROJECT_FILE)
        )

    @cached_property
    def options(self) -> ComposeOptions:
        """How to call Compose for this project."""
        chosen, settings = self._choices, self.settings
        return ComposeOptions(
            folder=self.folder,
            files=chosen.files or settings.compose,
            env_files=chosen.env_files or settings.env_files,
            profiles=chosen.profiles or settings.profiles,
            name=given_name(chosen) or settings.name,
            project_folder=str(self._choices.home / RELEASE) if self._choices.home else "",
        )

    @property
    def sources(self) -> Path:
        """The folder that what is built here is built from, with its lock and its commits."""
        return self._choices.sources or self.folder

    def model(self) -> dict[str, Any]:
        """Return the effective model, as Compose prints it."""
        return self._model

    def effective(self) -> dict[str, Any]:
        """Return the same as the playground has it, clear of what other playgrounds have."""
        return self._adjusted

    def project(self) -> Project:
        """Return what decisions need of the effective model."""
        return self._project

    def claims(self) -> tuple[Claim, ...]:
        """Return what the playground has of what it shares with others."""
        return self._claims

    def adopt(self, claims: tuple[Claim, ...]) -> bool:
        """Go on with these; returns whether the project is another by it."""
        former, self._claims = self._adjusted, claims
        now = adjusted(self._model, claims)
        if now == former:
            return False
        self._adjusted = now
        self.__dict__.pop("_project", None)
        return True

    def name(self) -> str:
        """Return the playground's name; needs the Compose files only when nothing else says it."""
        return self._name

    def base(self) -> str:
        """Return the project's name, which is the same in every checkout.

        Where the playground's name was said, that is a guess: Compose is not asked once more.
        """
        if self.settings.name:
            return self.settings.name
        if given_name(self._choices):
            return as_name(self._project_folder.name) or self.options.name
        return str(self._base_model["name"])

    def project_name(self) -> str:
        """Return the same for sure: Compose is asked where nothing else says it.

        A name that comes from a worktree's folder is no name of the project: the main one's is.
        """
        if self.settings.name or not self._choices.name:
            said = self.base()
        else:
            said = str(ComposeReader(replace(self.options, name=""), self.note).model()["name"])
        here = self.checkout()
        from_folder = here.folder == here.root and said == as_name(Path(here.root).name)
        return as_name(Path(here.main).name) or said if from_folder else said

    def checkout(self) -> Checkout:
        """Return where the project lies."""
        from envctl.adapters.checkout import find_checkout

        return find_checkout(self._project_folder)

    def named_options(self) -> ComposeOptions:
        """Return them with the playground's name, so that no later reading can find another."""
        return replace(self.options, name=self.name())

    def changing_options(self) -> ComposeOptions:
        """Return how to call Compose to change containers: as the playground has it."""
        options = self.named_options()
        if self._adjusted is self._model:
            return options
        from envctl.adapters.adjusted_file import adjusted_file
        from envctl.wiring import registry

        path = adjusted_file(registry().path(self.name(), "yaml"), self._adjusted)
        return replace(options, files=(path,), project_folder=str(self.compose_folder()))

    def compose_folder(self) -> Path:
        """Return where Compose finds relative paths and .env from."""
        by_variable = os.environ.get("COMPOSE_FILE", "")
        separator = os.environ.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
        files = self.options.files or tuple(by_variable.split(separator)[:1])
        return (self.folder / files[0]).parent if files[0:1] != ("",) else self.folder

    @cached_property
    def _claims(self) -> tuple[Claim, ...]:
        from envctl.wiring import registry

        try:
            known = registry().find(self.name())
        except EnvctlError:  # whoever needs the engine will say so
            return ()
        return known.claims if known else ()

    @cached_property
    def _project(self) -> Project:
        from envctl.adapters.file_digest import file_digest

        return parse_model(self._adjusted, file_digest, self._variable_digest)

    def _variable_digest(self, name: str) -> str | None:
        from envctl.adapters.variables import variable_digest

        named = os.environ.get("COMPOSE_ENV_FILES", "").split(",")
        files = self.options.env_files or tuple(filter(None, named)) or (".env",)
        folders = dict.fromkeys((self.folder, self.compose_folder()))
        return variable_digest(name, [folder / file for folder in folders for file in files])

    @cached_property
    def _adjusted(self) -> dict[str, Any]:
        return adjusted(self._model, self.claims())

    @cached_property
    def _name(self) -> str:
        from envctl.adapters.name_owner import playground_name

        return given_name(self._choices) or playground_name(self.base(), self.checkout())

    @cached_property
    def _base_model(self) -> dict[str, Any]:
        return ComposeReader(self.options, self.note).model()

    @cached_property
    def _model(self) -> dict[str, Any]:
        if self.name() == self._base_model["name"]:
            return self._base_model
        return ComposeReader(self.named_options(), self.note).model()

    @property
    def _project_folder(self) -> Path:
        """Where Compose takes the project to be when files are named."""
        if self._choices.home:
            return self._choices.home
        named = self._choices.files
        return (self.folder / named[0]).parent.absolute() if named else self.folder

    @cached_property
    def folder(self) -> Path:
        """The folder that the project is read from."""
        if self._choices.files or os.environ.get("COMPOSE_FILE"):
            return self._choices.folder
        return find_project(self._choices.folder)

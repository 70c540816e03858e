"""The one file that knows both sides: hands the adapters to the workflows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose import ComposeImages, ComposeOptions, ComposeReader, ComposeStack
from envctl.config.compose_model import parse_model
from envctl.config.discovery import PROJECT_FILE, find_project
from envctl.config.project_file import ProjectFile, load_project_file
from envctl.domain.playground import Checkout, as_name
from envctl.domain.project import Project, is_name
from envctl.ports import (
    EngineReader,
    Folders,
    LogFollower,
    Machine,
    Remover,
    Reporter,
    SnapshotReader,
    Snapshots,
    Surveyor,
    Terminal,
    VolumeReader,
    Volumes,
    WritableMemory,
    WritableRecords,
)
from envctl.workflows.carry_out import Executor
from envctl.workflows.observe import Senses
from envctl.workflows.settle import Settler

if TYPE_CHECKING:
    from envctl.adapters.registry import WritableFileRegistry


@dataclass(frozen=True)
class Choices:
    """What the command line says about which project is meant; empty means not said."""

    folder: Path
    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str = ""


def given_name(choices: Choices) -> str:
    """Return the playground's name as the user said it; empty when it has to be found."""
    said = choices.name or os.environ.get("COMPOSE_PROJECT_NAME", "")
    return said if is_name(said) else ""


class ProjectFiles:
    """The project that the choices lead to, read once."""

    def __init__(self, choices: Choices, note: Callable[[str], None]) -> None:
        self._choices, self._note = choices, note
        self._reader = ComposeReader(self.options, note)

    @cached_property
    def settings(self) -> ProjectFile:
        """What envctl.toml says; the defaults when files are named on the command line."""
        return (
            ProjectFile() if self._choices.files else load_project_file(self._folder / PROJECT_FILE)
        )

    @cached_property
    def options(self) -> ComposeOptions:
        """How to call Compose for this project."""
        chosen, settings = self._choices, self.settings
        return ComposeOptions(
            folder=self._folder,
            files=chosen.files or settings.compose,
            env_files=settings.env_files,
            profiles=chosen.profiles or settings.profiles,
            name=given_name(chosen) or settings.name,
        )

    def model(self) -> dict[str, Any]:
        """Return the effective model, as Compose prints it."""
        return self._model

    def project(self) -> Project:
        """Return what decisions need of the effective model."""
        from envctl.adapters.context_tree import file_digest

        return parse_model(self._model, file_digest)

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
        """Return the same for sure: Compose is asked where nothing else says it."""
        if self.settings.name or not self._choices.name:
            return self.base()
        return str(ComposeReader(replace(self.options, name=""), self._note).model()["name"])

    def checkout(self) -> Checkout:
        """Return where the project lies."""
        from envctl.adapters.checkout import find_checkout

        return find_checkout(self._project_folder)

    def named_options(self) -> ComposeOptions:
        """Return them with the playground's name, so that no later reading can find another."""
        return replace(self.options, name=self.name())

    @cached_property
    def _name(self) -> str:
        from envctl.adapters.name_owner import playground_name

        return given_name(self._choices) or playground_name(self.base(), self.checkout())

    @cached_property
    def _base_model(self) -> dict[str, Any]:
        return self._reader.model()

    @cached_property
    def _model(self) -> dict[str, Any]:
        if self.name() == self._base_model["name"]:
            return self._base_model
        return ComposeReader(self.named_options(), self._note).model()

    @property
    def _project_folder(self) -> Path:
        """Where Compose takes the project to be when files are named."""
        named = self._choices.files
        return (self._folder / named[0]).parent.absolute() if named else self._folder

    @cached_property
    def _folder(self) -> Path:
        if self._choices.files or os.environ.get("COMPOSE_FILE"):
            return self._choices.folder
        return find_project(self._choices.folder)


def engine_reader() -> EngineReader:
    """Return a look at the engine that the docker command would use."""
    from envctl.adapters.engine import HttpEngineReader

    return HttpEngineReader()


def surveyor() -> Surveyor:
    """Return a look at all playgrounds on that engine."""
    from envctl.adapters.engine_survey import HttpSurveyor

    return HttpSurveyor()


def folders() -> Folders:
    """Return a look at this machine's folders."""
    from envctl.adapters.folders import FolderReader

    return FolderReader()


def log_follower() -> LogFollower:
    """Return a follower of logs on that engine."""
    from envctl.adapters.log_follower import SdkLogFollower

    return SdkLogFollower()


def machine() -> Machine:
    """Return what `doctor` looks at."""
    from envctl.adapters.machine import LocalMachine

    return LocalMachine()


def show_page(url: str) -> str:
    """Hand `url` to the user's browser; returns why that could not be, empty when it was done."""
    from envctl.adapters.browser import show_page

    return show_page(url)


def terminal() -> Terminal:
    """Return the way to a command in a container."""
    from envctl.adapters.terminal import ComposeTerminal

    return ComposeTerminal()


def require_tools() -> None:
    """Raise Unreachable when Compose or Buildx is missing or too old."""
    from envctl.adapters.tools import require_tools

    require_tools()


def senses(engine: EngineReader, name: str) -> Senses:
    """Return all that is needed to look at a playground: readers only."""
    from envctl.adapters.context_tree import ContextReader
    from envctl.adapters.engine_address import engine_address
    from envctl.adapters.memory import FileMemory

    return Senses(engine, ContextReader(engine.image_ids), FileMemory(engine_address(), name))


def executor(
    files: ProjectFiles, engine: EngineReader, reporter: Reporter, timeout: float | None
) -> Executor:
    """Return the hands for one playground."""
    from envctl.adapters.context_tree import ContextReader
    from envctl.adapters.engine_images import tag_image

    return Executor(
        stack=stack(files),
        remover=remover(),
        images=ComposeImages(files.named_options(), tag_image),
        memory=memory(files.name()),
        inputs=ContextReader(engine.image_ids),
        settler=settler(files, engine, reporter, timeout),
        reporter=reporter,
    )


def settler(
    files: ProjectFiles, engine: EngineReader, reporter: Reporter, timeout: float | None = None
) -> Settler:
    """Return what waits until services are ready."""
    return Settler(engine, SystemClock(), reporter, timeout or files.settings.ready_timeout)


def stack(files: ProjectFiles) -> ComposeStack:
    """Return the containers of a playground, to change them."""
    return ComposeStack(files.named_options())


def remover() -> Remover:
    """Return the hands that take a playground away."""
    from envctl.adapters.remover import HttpRemover

    return HttpRemover()


@contextmanager
def turn(files: ProjectFiles, note: Callable[[str], None]) -> Iterator[None]:
    """Be the only command that changes the playground; what was observed before may be old."""
    from envctl.adapters import turns

    with turns.turn(registry(), files.name(), note):
        yield


def register(files: ProjectFiles, note: Callable[[str], None]) -> None:
    """Settle what the playground is called, and remember it; before anything is changed."""
    from envctl.adapters import turns

    turns.register(registry(), files.name, files.base(), files.checkout(), note)


def registry() -> WritableFileRegistry:
    """Return what this machine remembers of the engine's playgrounds."""
    from envctl.adapters.engine_address import engine_address
    from envctl.adapters.registry import WritableFileRegistry

    return WritableFileRegistry(engine_address())


def records() -> WritableRecords:
    """Return all that this machine keeps of the engine's playgrounds."""
    from envctl.adapters.engine_address import engine_address
    from envctl.adapters.records import WritableFileRecords

    return WritableFileRecords(engine_address())


def memory(name: str) -> WritableMemory:
    """Return what this machine knows of a playground's containers."""
    from envctl.adapters.engine_address import engine_address
    from envctl.adapters.memory import WritableFileMemory

    return WritableFileMemory(engine_address(), name)


def volume_reader() -> VolumeReader:
    """Return a look at volumes and at what uses them."""
    return volumes()


def volumes() -> Volumes:
    """Return the way to the content of volumes."""
    from envctl.adapters.volumes import EngineVolumes

    return EngineVolumes()


def snapshot_reader(files: ProjectFiles) -> SnapshotReader:
    """Return a look at the snapshots of a project, which all its playgrounds share."""
    from envctl.adapters.snapshot_store import FileSnapshotReader

    return FileSnapshotReader(files.project_name())


def snapshots(files: ProjectFiles) -> Snapshots:
    """Return the snapshots of a project, which all its playgrounds share."""
    from envctl.adapters.snapshot_store import FileSnapshots

    return FileSnapshots(files.project_name())


def yaml_text(model: dict[str, Any]) -> str:
    """Return `model` as YAML that means the same to Compose."""
    from envctl.adapters.compose_yaml import write_yaml

    return write_yaml(model)


class SystemClock:
    """The machine's own steady clock."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()

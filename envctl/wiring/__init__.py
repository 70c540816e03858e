"""The one room that knows both sides: hands the adapters to the workflows.

Each is imported by who hands it out: `list` would pay for all that only `up` needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.domain.registry_place import as_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from envctl.adapters.compose import ComposeStack
    from envctl.adapters.registry import WritableFileRegistry
    from envctl.domain.moves import Settled
    from envctl.ports import (
        EngineReader,
        Folders,
        LogFollower,
        Remover,
        Reporter,
        Surveyor,
        Terminal,
        WritableMemory,
        WritableRecords,
    )
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.carry_out import Executor
    from envctl.workflows.observe import Senses
    from envctl.workflows.settle import Settler
    from envctl.workflows.share import Decide


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


def senses(files: ProjectFiles, engine: EngineReader) -> Senses:
    """Return all that is needed to look at a playground: readers only."""
    from envctl.adapters.engine_address import engine_address
    from envctl.adapters.memory import FileMemory
    from envctl.wiring.images import git, image_lock, inputs, published
    from envctl.wiring.snapshots import due_restores, seed_mark, source
    from envctl.workflows.observe import Senses

    name = files.name()
    return Senses(
        engine=engine,
        inputs=inputs(files, engine),
        sources=git(files),
        published=published(files, files.note),
        lock=image_lock(files),
        repository=as_repository(files.project_name()),
        memory=FileMemory(engine_address(), name),
        due=due_restores(name),
        source=lambda: source(files),
        mark=seed_mark(name),
    )


def executor(files: ProjectFiles, settler: Settler) -> Executor:
    """Return the hands for one playground, which wait as `settler` does."""
    from envctl.adapters.compose import ComposeJobs, ComposeStack
    from envctl.wiring.images import builder, images, input_keeper, inputs
    from envctl.wiring.snapshots import restorer, seed_mark
    from envctl.workflows.carry_out import Executor

    changing, hands = files.changing_options(), remover()
    return Executor(
        stack=ComposeStack(changing),
        remover=hands,
        images=images(changing),
        builder=builder(files, settler.engine),
        memory=memory(files.name()),
        inputs=inputs(files, settler.engine),
        keeper=input_keeper(files, settler.engine),
        settler=settler,
        reporter=settler.reporter,
        restorer=lambda: restorer(files, settler.engine, hands, settler.reporter),
        mark=seed_mark(files.name()),
        jobs=ComposeJobs(changing),
        repository=as_repository(files.project_name()),
    )


def settler(
    files: ProjectFiles, engine: EngineReader, reporter: Reporter, timeout: float | None = None
) -> Settler:
    """Return what waits until services are ready."""
    from envctl.workflows.settle import Settler

    return Settler(engine, SystemClock(), reporter, timeout or files.settings.ready_timeout)


def stack(name: str) -> ComposeStack:
    """Return the containers of a playground, to remove them; its files may be gone."""
    from envctl.adapters.compose import ComposeStack
    from envctl.adapters.compose_options import ComposeOptions

    return ComposeStack(ComposeOptions(Path("/"), name=name))


def remover() -> Remover:
    """Return the hands that take a playground away."""
    from envctl.adapters.remover import HttpRemover

    return HttpRemover()


@contextmanager
def turn(files: ProjectFiles, note: Callable[[str], None]) -> Iterator[None]:
    """Be the only command that changes the playground; what was observed before may be old.

    Refused for what is no playground, but a stage.
    """
    with turn_of(files.name(), note):
        yield


@contextmanager
def turn_of(name: str, note: Callable[[str], None]) -> Iterator[None]:
    """Do the same for the playground called `name`."""
    from envctl.adapters import turns
    from envctl.adapters.name_owner import require_no_stage

    require_no_stage(name)
    with turns.turn(registry(), name, note):
        yield


def register(files: ProjectFiles, note: Callable[[str], None]) -> None:
    """Settle what the playground is called, and remember it; before anything is changed."""
    from envctl.adapters import turns

    turns.register(registry(), files.name, files.base(), files.checkout(), note)


def deciding(files: ProjectFiles, dry_run: bool) -> Decide:
    """Return who decides what the playground gets beside others; a dry run remembers nothing."""

    def decide(model: dict[str, Any], services: Collection[str]) -> Settled:
        from envctl.adapters.engine_http import EngineHttp
        from envctl.adapters.shared_ground import SharedGround
        from envctl.workflows.share import agree, propose

        ground = SharedGround(
            registry(),
            EngineHttp(),
            files.name(),
            files.base(),
            files.checkout(),
            aside=files.aside,
        )
        return (propose if dry_run else agree)(ground, model, services)

    return decide


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


def yaml_text(model: dict[str, Any]) -> str:
    """Return `model` as YAML that means the same to Compose."""
    from envctl.adapters.compose_yaml import write_yaml

    return write_yaml(model)


class SystemClock:
    """The machine's own steady clock."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()

"""Hands out playgrounds that run a release: where it comes from, and its files on this machine."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.released_folder import ReleasedFolder
from envctl.domain.origin import Origin, parse_origin
from envctl.wiring.filling import Filling

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.released import Released
    from envctl.domain.verification import StageProof
    from envctl.ports.images import ImageRegistryReader
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.ledger_look import LedgerLook
    from envctl.workflows.releases import NamedRelease, Shelf

_temporary = ExitStack()


@dataclass(frozen=True)
class Source:
    """A project's releases, and the ledgers of its stages.

    `registry` is as `envctl.toml` has it, empty for this machine's own.
    """

    origin: Origin
    registry: str
    project: str
    shelf: Shelf
    ledger: LedgerLook

    @property
    def place(self) -> str:
        """The repository of the releases."""
        return f"{self.shelf.place.host}/{self.shelf.place.repository}"

    def chosen(self) -> NamedRelease:
        """Return the release that is meant: what the stage runs now, or the one named.

        UsageError where there is no such stage or release, or the stage runs none.
        """
        from envctl.workflows.stage_release import running_release

        if not self.origin.stage:
            return self.shelf.find(self.origin.release)
        return running_release(self.ledger, self.shelf, self.origin.stage)


def source_of(said: str, files: ProjectFiles | None) -> Source:
    """Return where `said` points to; `files` are those of the checkout, None outside of one."""
    stages = [stage.name for stage in files.settings.stages] if files else []
    return source_at(parse_origin(said, stages, here=files is not None), files)


def source_at(origin: Origin, files: ProjectFiles | None) -> Source:
    """Return the same for an address that was read; without a project it is the checkout's."""
    from envctl.domain.registry_place import place_of
    from envctl.wiring.registries import open_registry, reading_place, shelf_of
    from envctl.wiring.stages import look_at

    registry: ImageRegistryReader
    if origin.registry or files is None:
        address, project = origin.registry, origin.project
        place = place_of(address, project)
        registry = open_registry(place.host)
    else:
        address, project = files.settings.registry, files.project_name()
        place, registry = reading_place(files)
    ledger = look_at(registry, place, project)
    return Source(origin, address, project, shelf_of(registry, place), ledger)


def source_again(files: ProjectFiles, released: Released) -> Source:
    """Return where the release of the playground `files` came from, as it is now."""
    release = "" if released.stage else released.digest
    return source_at(Origin(stage=released.stage, release=release), files)


def released_as(files: ProjectFiles) -> Released | None:
    """Return which release a playground runs; None for one of a checkout."""
    return ReleasedFolder(files.folder).released()


def verified_here(files: ProjectFiles, released: Released) -> StageProof:
    """Return whether the playground runs what its stage runs now, from its containers."""
    from envctl.domain.verification_here import Meant, prove_here
    from envctl.wiring import engine_reader

    named = source_again(files, released).chosen()
    containers = engine_reader().containers(files.name())
    meant = Meant(named.version, named.digest, named.release)
    return prove_here(files.name(), released, meant, files.project().services, containers)


@dataclass(frozen=True)
class Wanted:
    """A playground of a release, as it is asked for.

    `name` is empty where it is called after its source, `stage` where it has the definition of the
    source's stage; `started_in` is the folder that it is asked for in. Services called `own` are
    those of the checkout `here`.
    """

    release: NamedRelease
    name: str = ""
    stage: str = ""
    started_in: str = ""
    filling: Filling = field(default_factory=Filling)
    allow_host: bool = False
    own: tuple[str, ...] = ()
    here: ProjectFiles | None = None


def lay(
    source: Source, wanted: Wanted, note: Callable[[str], None], *, dry_run: bool = False
) -> ProjectFiles:
    """Write the files of a playground of a release, and return it; a dry run writes elsewhere.

    Refused for a definition that asks for what is this machine's, for a release of another
    platform, and where the name is another playground's.
    """
    from envctl.wiring import turn_of
    from envctl.wiring.release_layer import Layer

    layer = Layer(source, wanted, note)
    layer.require_free_name()
    layer.require_runnable()
    if dry_run:
        folder = _temporary.enter_context(tempfile.TemporaryDirectory(prefix="envctl-"))
        return layer.write(Path(folder))
    with turn_of(layer.name, note):
        return layer.write(layer.home)

"""Hands out playgrounds that run a release: where it comes from, and its files on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.released_folder import RELEASE, ReleasedFolder
from envctl.config.discovery import PROJECT_FILE
from envctl.config.release.one_of_each import one_of_each
from envctl.config.release.own_services import with_own
from envctl.config.release.plain import plain_files
from envctl.domain.compose_artifact import COMPOSE_FILE
from envctl.domain.origin import Origin, parse_origin
from envctl.domain.platform import normalised
from envctl.domain.release import BASE
from envctl.domain.released import Released, require_platform
from envctl.errors import Refused
from envctl.wiring.filling import ENV, Filling, fill_in
from envctl.wiring.project_files import Choices, ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.verification import StageProof
    from envctl.ports.images import ImageRegistryReader
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
    from envctl.wiring.registries import reading_place, shelf_of
    from envctl.wiring.stages import look_at

    place, registry = reading_place(files)
    release = "" if released.stage else released.digest
    origin = Origin(released.registry, released.project, released.stage, release)
    ledger = look_at(registry, place, released.project)
    return Source(origin, released.registry, released.project, shelf_of(registry, place), ledger)


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

    layer = _Layer(source, wanted, note)
    layer.require_free_name()
    layer.require_runnable()
    if dry_run:
        folder = _temporary.enter_context(tempfile.TemporaryDirectory(prefix="envctl-"))
        return layer.write(Path(folder))
    with turn_of(layer.name, note):
        return layer.write(layer.home)


class _Layer:
    """Puts one release into a folder."""

    def __init__(self, source: Source, wanted: Wanted, note: Callable[[str], None]) -> None:
        from envctl.wiring import registry

        self._source, self._wanted, self._note = source, wanted, note
        self._registry = registry()
        self.name = wanted.name or self._name_of_source()
        self.home = self._registry.released_folder(self.name)
        self._before = ReleasedFolder(self.home).released()

    def require_free_name(self) -> None:
        """Raise Refused where the name is that of another playground."""
        from envctl.adapters.name_owner import NameOwners
        from envctl.domain.playground import Checkout, Owner

        owners = NameOwners(self._registry, Checkout(os.path.realpath(self.home)))
        if owners.seen(self.name) is Owner.OTHER:
            known = self._registry.find(self.name)
            whose = f" of {known.folder}" if known else ""
            raise Refused(
                f"there is another playground {self.name}{whose}",
                hint="envctl --name NAME up --from … gives this one another name",
            )

    def require_runnable(self) -> None:
        """Raise Refused where the release is for another platform than the engine's."""
        from envctl.adapters.engine_platform import engine_platform

        said = os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
        platform = normalised(said) if said else engine_platform()
        services = json.loads(self._definition.compose).get("services") or {}
        exempt = [n for n, body in services.items() if (body or {}).get("platform")]
        named = self._wanted.release
        require_platform(named.release, named.version, platform, {*exempt, *self._wanted.own})

    def write(self, path: Path) -> ProjectFiles:
        """Write all of it into `path`, what it is last, and return the playground."""
        folder, released = ReleasedFolder(path), self._released()
        if path != self.home or self._has_changed(released):
            self._fill(path)
        folder.write_release(self._files())
        folder.write(PROJECT_FILE, self._project_file().encode())
        folder.finish(released)
        sources = Path(released.sources) if released.sources else None
        home = self.home if path != self.home else None
        choices = Choices(path, name=self.name, sources=sources, home=home)
        return ProjectFiles(choices, self._note)

    def _fill(self, path: Path) -> None:
        filled = fill_in(self._definition, path, self._wanted.filling, self.home)
        if filled.from_environment:
            self._note(f"from the environment: {', '.join(filled.from_environment)}")

    def _has_changed(self, released: Released) -> bool:
        before = self._before
        return (
            not before or before.digest != released.digest or bool(self._wanted.filling.env_files)
        )

    @cached_property
    def _definition(self) -> ComposeDefinition:
        named, stage = self._wanted.release, self._stage
        known = dict(named.release.definitions)
        return self._source.shelf.definition(named.release, stage if stage in known else BASE)

    @property
    def _stage(self) -> str:
        return self._wanted.stage or self._source.origin.stage

    def _files(self) -> Iterator[tuple[str, bytes, bool]]:
        reference = self._source.shelf.place.reference
        images = {i.digest: reference(i.digest) for i in self._wanted.release.release.images}
        for file in plain_files(self._definition, images, _by_content):
            data = self._compose(file.data) if file.path == COMPOSE_FILE else file.data
            yield file.path, data, file.executable

    def _compose(self, data: bytes) -> bytes:
        data, reduced = one_of_each(data)
        if reduced:
            self._note(f"one container here of {', '.join(reduced)}: a port is published by one")
        if self._wanted.here and self._wanted.own:
            data = with_own(data, self._wanted.here.model(), self._wanted.own)
        return data

    def _project_file(self) -> str:
        said = {
            "name": self._source.project,
            "compose": [f"{RELEASE}/{COMPOSE_FILE}"],
            "env_files": [ENV],
            "registry": self._source.registry,
        }
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in said.items() if value)

    def _released(self) -> Released:
        source, named, here = self._source, self._wanted.release, self._wanted.here
        before = self._before.started_in if self._before else ()
        started = tuple(dict.fromkeys([*before, *filter(None, [self._wanted.started_in])]))
        own = self._wanted.own
        return Released(
            origin=str(source.origin),
            registry=source.registry,
            project=source.project,
            place=source.place,
            stage=source.origin.stage,
            version=named.version,
            digest=named.digest,
            started_in=started,
            own=own,
            sources=str(here.folder) if here and own else "",
        )

    def _name_of_source(self) -> str:
        """Return what a playground of this source is called, if need be with a few digits more."""
        plain = self._source.origin.playground(self._source.project)
        there = ReleasedFolder(self._registry.released_folder(plain)).released()
        if there is None or there.is_same_source(self._as_released()):
            return plain
        return f"{plain}-{hashlib.sha256(self._source.place.encode()).hexdigest()[:4]}"

    def _as_released(self) -> Released:
        source, named = self._source, self._wanted.release
        place, stage = source.place, source.origin.stage
        return Released("", "", source.project, place, stage, named.version, named.digest)


def _by_content(key: str, data: bytes) -> str:
    """Return where a config lies: containers that have another content mounted keep theirs."""
    return f"{hashlib.sha256(data).hexdigest()[:12]}/{key}"

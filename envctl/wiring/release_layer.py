"""Puts a release into the folder of a playground, where it may be run there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.released_folder import RELEASE, ReleasedFolder
from envctl.config.discovery import PROJECT_FILE
from envctl.config.release.host_demands import require_harmless
from envctl.config.release.host_demands_model import image_demands, model_demands
from envctl.config.release.host_demands_written import written_demands
from envctl.config.release.own_services import with_own
from envctl.config.release.plain import plain_files
from envctl.config.release.playground_form import playground_form
from envctl.config.release.reading import read_definition
from envctl.domain.compose_artifact import COMPOSE_FILE
from envctl.domain.platform import normalised
from envctl.domain.release import BASE
from envctl.domain.released import Released, require_platform
from envctl.errors import Refused
from envctl.wiring.filling import ENV, KEPT, fill_in
from envctl.wiring.project_files import Choices, ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from envctl.config.release.host_demands import Demand
    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.wiring.released import Source, Wanted
    from envctl.workflows.releases import NamedRelease


def require_engine(
    named: NamedRelease, services: dict[str, Any], exempt: Collection[str] = ()
) -> None:
    """Raise Refused where a release is for another platform than the engine's.

    `services` are those of its definition; what says its platform itself is not judged, nor are
    those in `exempt`.
    """
    from envctl.adapters.engine_platform import engine_platform

    said = os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
    platform = normalised(said) if said else engine_platform()
    itself = [name for name, body in services.items() if (body or {}).get("platform")]
    require_platform(named.release, named.version, platform, {*itself, *exempt})


class Layer:
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

        if self._before and self._before.place != self._source.place:
            raise Refused(
                f"the playground {self.name} runs releases of {self._before.place}",
                hint="envctl --name NAME up --from … gives this one another name",
            )
        owners = NameOwners(self._registry, Checkout(os.path.realpath(self.home)))
        if owners.seen(self.name) is Owner.OTHER:
            known = self._registry.find(self.name)
            whose = f" of {known.folder}" if known else ""
            raise Refused(
                f"there is another playground {self.name}{whose}",
                hint="envctl --name NAME up --from … gives this one another name",
            )

    def require_runnable(self) -> None:
        """Raise Refused where it reads what is this machine's, or is for another platform.

        Failed where the definition cannot be read.
        """
        definition = self._released_definition
        services = read_definition(definition).get("services") or {}
        self._require_harmless(written_demands(definition))
        require_engine(self._wanted.release, services, self._wanted.own)

    def write(self, path: Path) -> ProjectFiles:
        """Write all of it into `path`, what it is last, and return the playground."""
        folder, released = ReleasedFolder(path), self._released()
        self._fill(folder)  # each time: variables may have other values now, and be judged anew
        folder.write_release(self._files())
        folder.write(PROJECT_FILE, self._project_file().encode())
        folder.finish(released)
        sources = Path(released.sources) if released.sources else None
        home = self.home if path != self.home else None
        choices = Choices(path, name=self.name, sources=sources, home=home)
        return ProjectFiles(choices, self._note)

    def _fill(self, folder: ReleasedFolder) -> None:
        """Give it all its values; nothing of it is written where it asks for this machine's."""
        digests = {image.digest for image in self._wanted.release.release.images}
        with tempfile.TemporaryDirectory(prefix="envctl-") as name:
            filled = fill_in(self._definition, Path(name), self._wanted.filling, self.home)
            own = model_demands(filled.model, name, self.home)
            self._require_harmless((*own, *image_demands(filled.model, digests)))
            folder.take(Path(name), (ENV, *KEPT))
        if filled.from_environment:
            self._note(f"from the environment: {', '.join(filled.from_environment)}")

    def _require_harmless(self, demands: Iterable[Demand]) -> None:
        if not self._wanted.allow_host:
            require_harmless(demands, self._wanted.release.version)

    @cached_property
    def _definition(self) -> ComposeDefinition:
        """The definition for a playground."""
        made, reduced = playground_form(self._released_definition)
        if reduced:
            self._note(f"one container here of {', '.join(reduced)}: a port is published by one")
        return made

    @cached_property
    def _released_definition(self) -> ComposeDefinition:
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

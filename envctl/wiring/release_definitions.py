"""The definitions of a release, one for each stage, from the project's files."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose_files import all_compose_files, compose_files, with_overlay
from envctl.adapters.compose_places import ComposePlaces
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.file_digest import file_digest
from envctl.adapters.project_content import ProjectContent
from envctl.adapters.released_model import (
    released_model,
    settings_files,
    variables_from_here,
)
from envctl.config.compose_model import parse_model
from envctl.config.release.build_variables import machine_dependent
from envctl.config.release.complaint import refusal
from envctl.config.release.definition import release_definition
from envctl.config.release.meaning import other_meanings
from envctl.domain.release import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from envctl.adapters.compose_options import ComposeOptions
    from envctl.config.release.complaint import Complaint
    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.project import Project
    from envctl.domain.stage import Stage


_SOME_IMAGE = f"image@sha256:{'0' * 64}"


class ReleaseDefinitions:
    """What the project called `name` runs: as it is, and on each stage that has an overlay."""

    def __init__(
        self,
        options: ComposeOptions,
        name: str,
        stages: Iterable[Stage],
        note: Callable[[str], None] = lambda _: None,
        is_committed: Callable[[str], bool] = lambda _: True,
    ) -> None:
        overlays = {BASE: "", **{stage.name: stage.overlay for stage in stages if stage.overlay}}
        self._drawn = {
            stage: _Drawn(
                with_overlay(replace(options, name=name), overlay), name, note, is_committed
            )
            for stage, overlay in overlays.items()
        }

    def models(self) -> Mapping[str, dict[str, Any]]:
        """Return the effective model of each stage; `BASE` is that without an overlay."""
        return {stage: drawn.effective for stage, drawn in self._drawn.items()}

    def projects(self) -> dict[str, Project]:
        """Return the same as values."""
        return {stage: parse_model(m, file_digest) for stage, m in self.models().items()}

    def platforms(self) -> dict[str, str]:
        """Return for what services are wanted that say so."""
        bodies = {n: b for model in self.models().values() for n, b in model["services"].items()}
        return {name: str(b["platform"]) for name, b in bodies.items() if b.get("platform")}

    def files(self) -> frozenset[str]:
        """Return the Compose files; see the port."""
        return frozenset[str]().union(*(drawn.files for drawn in self._drawn.values()))

    def check(self, floating: Collection[str]) -> None:
        """Refuse, all at once, what must not be in a release; see the port."""
        services = {stage: model["services"] for stage, model in self.models().items()}
        self.definitions(
            {
                stage: {name: "" if name in floating else _SOME_IMAGE for name in names}
                for stage, names in services.items()
            }
        )

    def define(self, stage: str, images: Mapping[str, str]) -> ComposeDefinition:
        """Return the definition of a stage; `images` are what the services run, by digest."""
        names = self.models()[stage]["services"]
        return self._drawn[stage].define({n: images[n] for n in names if n in images})[0]

    def definitions(self, images: Mapping[str, Mapping[str, str]]) -> dict[str, ComposeDefinition]:
        """Return the definition for each stage.

        `images` has the services of each stage and the reference by digest that each of them runs,
        empty where there is none. Raises Refused with all that stands against a release.
        """
        found = {stage: drawn.define(images[stage]) for stage, drawn in self._drawn.items()}
        self._refuse((stage, complaints) for stage, (_, complaints) in found.items())
        made = {stage: definition for stage, (definition, _) in found.items()}
        self._refuse((s, d.other_meanings(made[s], images[s])) for s, d in self._drawn.items())
        return made

    def _refuse(self, found: Iterable[tuple[str, tuple[Complaint, ...]]]) -> None:
        """Raise what stands against any of the stages."""
        lines = [
            complaint.text(self._drawn[stage].places.locate)
            for stage, complaints in found
            for complaint in complaints
        ]
        if lines:
            raise refusal(lines)


class _Drawn:
    """One way to put the project's files together."""

    def __init__(
        self,
        options: ComposeOptions,
        name: str,
        note: Callable[[str], None],
        is_committed: Callable[[str], bool],
    ) -> None:
        self._options, self._name, self._note = options, name, note
        self._is_committed = is_committed

    @property
    def files(self) -> frozenset[str]:
        return all_compose_files(self._options)

    @cached_property
    def effective(self) -> dict[str, Any]:
        return ComposeReader(self._options, self._note).model()

    @cached_property
    def places(self) -> ComposePlaces:
        folder = self._options.folder
        return ComposePlaces(folder, [folder / name for name in compose_files(self._options)])

    def define(self, images: Mapping[str, str]) -> tuple[ComposeDefinition, tuple[Complaint, ...]]:
        # the name is not the files' own: given by hand, it would be another in another clone
        written = ComposeReader(replace(self._options, name=""), self._note).written()
        content = ProjectContent(self._compose_folder, self._options.folder, self._is_committed)
        made, complaints = release_definition(written, self._name, images, content.read)
        here = variables_from_here(self._settings, self._is_committed)
        return made, (*complaints, *machine_dependent(written, images, here))

    def other_meanings(
        self, definition: ComposeDefinition, images: Mapping[str, str]
    ) -> tuple[Complaint, ...]:
        released = released_model(definition, self._name, self._settings)
        return tuple(other_meanings(self.effective, released, images))

    @property
    def _settings(self) -> list[Path]:
        return settings_files(self._options, self._compose_folder)

    @property
    def _compose_folder(self) -> Path:
        folder = self._options.folder
        return next(((folder / name).parent for name in compose_files(self._options)), folder)

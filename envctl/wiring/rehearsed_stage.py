"""A stage of this machine's engine that is one for the length of a command.

Its project is the real one, its name is `rehearsal-STAGE`, and its ledger is in memory: nothing is
written to the registry, and nothing of the real stage but its ledger is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.stage_settings import StageSettings
from envctl.config.release.host_demands import require_harmless
from envctl.config.release.host_demands_model import model_demands
from envctl.config.release.host_demands_written import written_demands
from envctl.config.stage.isolated import isolated
from envctl.domain.deployment import StageNames
from envctl.wiring.filling import ENV, Filling, fill_in
from envctl.wiring.open_stage import OpenStage

if TYPE_CHECKING:
    from envctl.config.stage.isolated import ChoosePort
    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.rehearsal import Way
    from envctl.wiring.drawings import StageDrawings
    from envctl.workflows.ledger import RegistryLedger

PREFIX = "rehearsal-"
"""What stands before the name of the stage that is rehearsed for."""


class RehearsalSettings(StageSettings):
    """Development values for a definition, and a model that shares nothing with anybody."""

    def __init__(self, here: RehearsedStage, folder: Path, filling: Filling) -> None:
        super().__init__(here.stage.name, [str(folder / ENV)], folder)
        self._here, self._own_folder, self._filling = here, folder, filling
        self.ports: ChoosePort = lambda port: port

    def read(
        self, definition: ComposeDefinition, name: str
    ) -> tuple[dict[str, Any], dict[tuple[str, str], bytes]]:
        """Return the effective model of a definition, and what its secrets and configs hold."""
        here, command = self._here, f"envctl rehearse {self._here.stage.name}"
        if not here.allow_host:  # before Compose opens what it names
            require_harmless(written_demands(definition), "the release", command)
        fill_in(definition, self._own_folder, self._filling)
        model, files = super().read(definition, name)
        # what nobody but this machine asks need not be open to others
        address = "127.0.0.1" if here.host() == "localhost" else ""
        model = isolated(model, here.names, here.hosts, self.ports, address)
        if not here.allow_host:
            require_harmless(model_demands(model), "the release", command)
        return model, files


@dataclass(frozen=True)
class RehearsedStage(OpenStage):
    """The stage that is rehearsed on; `hosts` are those of the real one.

    What is this machine's is refused to its services, unless `allow_host`.
    """

    hosts: tuple[tuple[str, str], ...] = ()
    filling: Filling = field(default_factory=Filling)
    folder: Path = Path()
    allow_host: bool = False

    @cached_property
    def names(self) -> StageNames:
        """What things are called here."""
        return StageNames(self.files.project_name(), PREFIX + self.stage.name)

    @cached_property
    def ledger(self) -> RegistryLedger:
        """A ledger of this command's own."""
        from envctl.adapters.identity import identity, utc_now
        from envctl.adapters.image_registry.memory import MemoryRegistry
        from envctl.workflows.ledger import RegistryLedger

        return RegistryLedger(
            registry=MemoryRegistry(),
            place=self.shelf.place,
            project=self.files.project_name(),
            clock=utc_now,
            who=identity(self.files.folder),
        )

    @cached_property
    def settings(self) -> RehearsalSettings:
        """What the definitions are filled in with."""
        return RehearsalSettings(self, self.folder, self.filling)

    @cached_property
    def drawings(self) -> StageDrawings:
        """The deployments of the stage."""
        from envctl.wiring.drawings import StageDrawings

        return StageDrawings(
            self.names, self.stage, self.settings, self.store, lambda: self.shelf, self.files.folder
        )

    def ways(self) -> tuple[Way, ...]:
        """Return where the stage is asked."""
        from envctl.domain.rehearsal import Way
        from envctl.domain.stage_urls import urls_of
        from envctl.wiring.stages import served_routes

        return tuple(
            Way(route.service, url)
            for route in served_routes(self)
            for url in urls_of([route], self.host(), https=False)
        )

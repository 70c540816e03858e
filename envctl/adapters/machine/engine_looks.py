"""All that is asked of the engine, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.adapters.engine_http import EngineHttp
from envctl.adapters.machine import belongings, here
from envctl.adapters.machine.engine_facts import (
    ask_info,
    described,
    engine_facts,
    patience,
)
from envctl.adapters.machine.looks import Look
from envctl.domain.diagnosis.belongings_facts import Belongings
from envctl.domain.diagnosis.facts import Unseen

if TYPE_CHECKING:
    from envctl.adapters.engine_address import Endpoint
    from envctl.adapters.machine.looks import Seer
    from envctl.domain.diagnosis.belongings_facts import Room
    from envctl.domain.diagnosis.machine_facts import Disk, EngineFacts
    from envctl.domain.diagnosis.project_facts import ProjectFacts

BUSY_PATIENCE = 10.0
"""Seconds for each list; waited for only where the engine has said who it is, so it is busy."""
ROOM_PATIENCE = 2.5
"""Seconds; the engine counts every file of every volume, and that is nothing to wait for."""


class EngineLooks:
    """What an engine answers; each answer is waited for where it is needed."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.patience = BUSY_PATIENCE
        # its version is a finding of its own, not what keeps the others from being made
        self.http = http = EngineHttp(endpoint, any_version=True)
        self._endpoint = endpoint
        self._who = Look(lambda: engine_facts(endpoint), 2 * patience(endpoint))
        self.info = Look(lambda: ask_info(http), self.patience)
        self.containers = Look(lambda: belongings.ask_containers(http), self.patience)
        self._networks = Look(lambda: belongings.ask_networks(http), self.patience)
        self._volumes = Look(lambda: belongings.ask_volumes(http), self.patience)
        self._room = Look(lambda: belongings.ask_room(http), ROOM_PATIENCE)

    def engine(self, seer: Seer) -> EngineFacts:
        """Return what is known of the engine."""
        who = self._who.get()
        if not who.version:
            return who
        info = seer.see("what the engine says of itself", self.info, None)
        return described(who, info) if info else who

    def disk(self, seer: Seer, engine: EngineFacts) -> Disk | None:
        """Return how full its disk is; on another machine, nobody can tell from here."""
        info = self.info.get_or(None)
        if info is None:
            return None
        if not engine.local:
            seer.unseen.append(Unseen("disk", "it is on the engine's machine", expected=True))
            return None
        return here.disk(info.data["DockerRootDir"])

    def belongings(
        self, seer: Seer, engine: EngineFacts, project: ProjectFacts | None
    ) -> Belongings:
        """Return what is on it."""
        rows = seer.see("containers", self.containers, None)
        info, own = self.info.get_or(None), project.playground if project else ""
        looked = None
        if rows is not None:
            closer = Look(
                lambda: belongings.container_facts(
                    self.http, rows, own, info.when if info else None, folders_here=engine.local
                ),
                self.patience,
            )
            looked = seer.see("containers", closer, None)
        networks = seer.see("networks", self._networks, None)
        return Belongings(looked, networks, seer.see("volumes", self._volumes, None))

    def room(self, seer: Seer) -> Room | None:
        """Return what takes room on it."""
        return seer.see("room of playgrounds", self._room, None, expected=True)

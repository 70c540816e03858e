"""`verify`: prove from running containers what stages run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.differing_settings import StageModel, differing_settings, stored_paths
from envctl.domain.oci import digest_of
from envctl.domain.verification import prove
from envctl.errors import Refused

if TYPE_CHECKING:
    from envctl.domain.deployment import Deployment
    from envctl.domain.verification import StageProof
    from envctl.workflows.releases import Shelf
    from envctl.workflows.stage_look import StageLook


@dataclass(frozen=True)
class Verified:
    """A stage with its proof, and the models that it runs with."""

    proof: StageProof
    model: StageModel


@dataclass(frozen=True)
class Verifier:
    """Looks at one stage, and at its release in the registry: what the target says is no proof."""

    look: StageLook
    shelf: Shelf

    def verify(self) -> Verified:
        """Return what the stage runs; Refused where it runs nothing."""
        state, stage = self.look.state(), self.look.stage
        if state.running is None:
            raise Refused(f"{stage} runs nothing yet", hint=f"envctl deploy {stage}")
        named = self.shelf.find(state.running.release)
        running = self.look.drawings.stored(state.running.name)
        if running is None:
            raise Refused(
                f"the target does not know any more what {state.running.name} is",
                hint=f"envctl deploy {stage}",
            )
        edge, there = self.look.served(), self.look.engine.containers()
        served = edge.active if edge and self.look.edge.runs() else ""
        proof = prove(stage, named.version, named.release, running, there, served)
        return Verified(proof, self._model(running))

    def _model(self, running: Deployment) -> StageModel:
        apps, data = json.loads(running.apps_file), json.loads(running.data_file)
        read = self.look.drawings.file
        paths = stored_paths(apps) | stored_paths(data)
        contents = {path: digest_of(read(path) or b"") for path in paths}
        return StageModel(apps, data, running.routes, contents)


def settings_between(one: Verified, two: Verified) -> tuple[str, ...]:
    """Return the places at which the settings of two stages differ."""
    return differing_settings(one.model, two.model)

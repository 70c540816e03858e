"""`verify`: prove from running containers what stages run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envctl.domain.deployment import DEPLOYMENT, ROLE
from envctl.domain.oci import digest_of
from envctl.domain.service import Role
from envctl.domain.verification import differing_settings, prove, stored_files
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.deployment import Deployment
    from envctl.domain.observed import Container
    from envctl.domain.verification import StageProof
    from envctl.workflows.releases import Shelf
    from envctl.workflows.stage_look import StageLook


@dataclass(frozen=True)
class Verified:
    """A stage with its proof, and the models that it runs with."""

    proof: StageProof
    model: dict[str, Any]


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
        proof = prove(
            stage,
            named.version,
            named.digest,
            named.release,
            _lasting(running),
            _running(running, self.look.engine.containers()),
        )
        return Verified(proof, self._whole(running))

    def _whole(self, running: Deployment) -> dict[str, Any]:
        apps, data = json.loads(running.apps_file), json.loads(running.data_file)
        model = {
            key: {**(data.get(key) or {}), **(apps.get(key) or {})}
            for key in ("services", "configs")
        }
        read = self.look.drawings.file
        files = {name: digest_of(read(path) or b"") for name, path in stored_files(model).items()}
        return {**model, "files": files}


def _lasting(running: Deployment) -> set[str]:
    every = (*running.apps.services, *running.data.services)
    return {s.name for s in every if s.role is not Role.JOB and s.replicas}


def _running(running: Deployment, containers: tuple[Container, ...]) -> Iterator[Container]:
    for container in containers:
        is_own = container.label(DEPLOYMENT) == running.name or container.label(ROLE) == Role.DATA
        if is_own and container.state == "running" and container.service:
            yield container


def settings_between(one: Verified, two: Verified) -> tuple[str, ...]:
    """Return the places at which the settings of two stages differ."""
    return differing_settings(one.model, two.model)

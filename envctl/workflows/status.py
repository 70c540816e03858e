"""`status`: how stages are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.drift import drift_of
from envctl.domain.stage_status import StageStatus
from envctl.domain.stage_urls import urls_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState
    from envctl.domain.stage_status import Candidate
    from envctl.errors import EnvctlError
    from envctl.workflows.stage_look import StageLook


@dataclass(frozen=True)
class StatusLook:
    """Looks at one stage; `following` finds what would be promoted to it next.

    `host` is where the ports of its target are reached. `doubts` grows where the ledger is not
    believed.
    """

    stage: Stage
    look: StageLook
    host: str
    following: Callable[[StageState], Candidate | None]
    doubts: Sequence[EnvctlError] = ()

    def status(self) -> StageStatus:
        """Return how the stage is; what cannot be seen, or is not believed, is said in it."""
        status = self._status()
        if not self.doubts:
            return status
        return replace(status, doubt=self.doubts[0].message, hint=self.doubts[0].hint)

    def _status(self) -> StageStatus:
        state = self.look.state()
        candidate = self.following(state)
        if state.running is None:
            return StageStatus(self.stage, state, next=candidate)
        drawings = self.look.drawings
        running = drawings.stored(state.running.name)
        if running is None:
            lost = f"what {state.running.name} is made of is gone from the target"
            return StageStatus(self.stage, state, drift=(lost,), next=candidate)
        seen = self.look.observe(state, [running])
        before = drawings.prints(running.name)
        drift = drift_of(running, seen, before, self.look.engine.prints())
        edge = self.look.served()
        https = bool(self.stage.https.certificates or self.stage.https.directory)
        urls = urls_of(edge.routes if edge else running.routes, self.host, https=https)
        certificates = self.look.edge.certificates(self.look.key) if https else ()
        trouble = tuple(c.trouble for c in certificates if c.trouble)
        return StageStatus(self.stage, state, drift, urls, candidate, certificates=trouble)


def unseen(stage: Stage, state: StageState, error: EnvctlError) -> StageStatus:
    """Return the status of a stage whose target cannot be looked at."""
    return StageStatus(stage, state, problem=error.message, hint=error.hint)

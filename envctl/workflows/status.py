"""`status`: how stages are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.drift import drift_of, drift_under_way
from envctl.domain.stage_status import StageStatus, is_under_way
from envctl.domain.stage_urls import urls_of
from envctl.errors import EnvctlError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState
    from envctl.domain.stage_status import Candidate
    from envctl.domain.target import Holder
    from envctl.ports.target import StageLock
    from envctl.workflows.stage_look import StageLook


@dataclass(frozen=True)
class StatusLook:
    """Looks at one stage; `following` finds what would be promoted to it next.

    `host` is where the ports of its target are reached. `doubts` grows where the ledger is not
    believed.
    """

    stage: Stage
    look: StageLook
    lock: StageLock
    host: str
    following: Callable[[], Candidate | None]
    doubts: Sequence[EnvctlError] = ()

    def status(self) -> StageStatus:
        """Return how the stage is; what cannot be seen, or is not believed, is said in it."""
        status = self._status()
        if not self.doubts:
            return status
        return replace(status, doubt=self.doubts[0].message, hint=self.doubts[0].hint)

    def _status(self) -> StageStatus:
        state, holder = self._state()
        candidate, remark = self._next()
        status = StageStatus(self.stage, state, next=candidate, holder=holder, remark=remark)
        if state.running is None:
            return status
        running = self.look.drawings.stored(state.running.name)
        if running is None:
            lost = f"what {state.running.name} is made of is gone from the target"
            return replace(status, drift=(lost,))
        edge = self.look.served()
        https = bool(self.stage.https.certificates or self.stage.https.directory)
        certificates = self.look.edge.certificates(self.look.key) if https else ()
        return replace(
            status,
            drift=self._drift(state, running, holder),
            urls=urls_of(edge.routes if edge else running.routes, self.host, https=https),
            certificates=tuple(c.trouble for c in certificates if c.trouble),
        )

    def _next(self) -> tuple[Candidate | None, str]:
        """Return what comes next, and what to say where the registry cannot be asked for it."""
        try:
            return self.following(), ""
        except Unreachable as error:
            return None, f"{error.message}: shown is what the target knows, without what comes next"
        except EnvctlError:  # of the stage before, or of a release: what runs here is shown
            return None, ""

    def _state(self) -> tuple[StageState, Holder | None]:
        """Return where the stage is, and who is about to change that."""
        state = self.look.state()
        if state.opened is None:
            return state, None
        holder = self.lock.holder()
        if is_under_way(state, holder):
            return state, holder
        return self.look.state(), None  # it may have come to its end between the two looks

    def _drift(
        self, state: StageState, running: Deployment, holder: Holder | None
    ) -> tuple[str, ...]:
        seen = self.look.observe(state, [running])
        opened = state.opened.deployment if state.opened else None
        if holder and opened:
            return drift_under_way(running, opened.name, seen)
        before = self.look.drawings.prints(running.name)
        return drift_of(running, seen, before, self.look.engine.prints())


def unseen(stage: Stage, state: StageState, error: EnvctlError) -> StageStatus:
    """Return the status of a stage whose target cannot be looked at."""
    return StageStatus(stage, state, problem=error.message, hint=error.hint)

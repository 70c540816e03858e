"""How a stage is, in a few words each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan_deploy import Way
from envctl.domain.stage_record import Kind

if TYPE_CHECKING:
    from envctl.domain.one_way import Obstacle
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import Event, StageState
    from envctl.domain.target import Holder


@dataclass(frozen=True)
class Candidate:
    """The release that would be promoted to a stage next, and what keeps it from that."""

    release: str
    version: str
    obstacles: tuple[Obstacle, ...] = ()


def way_of(opened: Event) -> Way:
    """Return which of the two changes has begun."""
    return Way.ROLLBACK if opened.kind is Kind.ROLLBACK_STARTED else Way.DEPLOY


def is_under_way(state: StageState, holder: Holder | None) -> bool:
    """Whether what has begun is somebody's work, who has the stage's lock for it, at present."""
    return bool(state.opened and holder and holder.doing.partition(" ")[0] in tuple(Way))


def under_way(opened: Event, holder: Holder) -> str:
    """Say what is under way, and whose work it is."""
    what = f"{way_of(opened)} of {opened.version}"
    return f"{what} under way, by {holder.who} at {holder.where} since {holder.since}"


@dataclass(frozen=True)
class StageStatus:
    """What `status` tells of a stage.

    `drift` is what is otherwise than the last deploy left it; `problem` says why that could not be
    seen. `urls` are where the stage answers, `certificates` says which of theirs are missing or end
    soon. `doubt` is why its ledger is not believed, so that the state is what the target keeps of
    it, `hint` what to do about that or the problem. `holder` is who changes the stage at present,
    `remark` what else there is to know of what is shown.
    """

    stage: Stage
    state: StageState
    drift: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    next: Candidate | None = None
    problem: str = ""
    certificates: tuple[str, ...] = ()
    doubt: str = ""
    hint: str = ""
    holder: Holder | None = None
    remark: str = ""

    @property
    def health(self) -> str:
        """One word, or a few: what to think of it."""
        if self.problem:
            return "unknown"
        if self.doubt:
            return "ledger not sound"
        if self.state.opened and not self.holder:
            return f"{self.state.opened.kind}, without an end"
        if self.drift:
            return "drifted"
        if self.state.opened:
            return f"{way_of(self.state.opened)} under way"
        return "healthy" if self.state.running else "empty"

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look at it."""
        left_open = self.state.opened is not None and self.holder is None
        return not (self.problem or self.doubt or self.drift or left_open)

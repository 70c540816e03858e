"""How a stage is, in a few words each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.domain.one_way import Obstacle
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState


@dataclass(frozen=True)
class Candidate:
    """The release that would be promoted to a stage next, and what keeps it from that."""

    release: str
    version: str
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class StageStatus:
    """What `status` tells of a stage.

    `drift` is what is otherwise than the last deploy left it; `problem` says why that could not be
    seen. `urls` are where the stage answers, `certificates` says which of theirs are missing or end
    soon. `doubt` is why its ledger is not believed, so that the state is what the target keeps of
    it. `hint` says what to do about either.
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

    @property
    def health(self) -> str:
        """One word, or a few: what to think of it."""
        if self.problem:
            return "unknown"
        if self.doubt:
            return "ledger not sound"
        if self.state.opened:
            return f"{self.state.opened.kind}, without an end"
        if self.state.running is None:
            return "empty"
        return "drifted" if self.drift else "healthy"

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look at it."""
        return self.health in ("healthy", "empty")

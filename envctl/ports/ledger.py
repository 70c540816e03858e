"""What commands need of the history of stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.stage_record import Event, Record, StageState


class LedgerReader(Protocol):
    """Reads the ledgers of a project's stages.

    Refused for a chain with a fork, a gap or a record that is not what its digest says.
    UnsoundLedger too where the stage's target knows a record that the chain does not have. Where
    the registry does not answer, a stage whose target keeps its ledger is read from there;
    Unreachable otherwise. For a rollback that holds of a chain that is not sound as well.
    """

    def head(self, stage: str) -> Record | None:
        """Return the last record of a stage, the chain's tags compared with it; None for none."""

    def state(self, stage: str) -> StageState:
        """Return where a stage is, with what has not joined the chain yet."""

    def states(self, stages: Iterable[str]) -> Mapping[str, StageState]:
        """Return where stages are, from one listing."""

    def history(self, stage: str, limit: int = 0) -> tuple[Record, ...]:
        """Return the records of a stage, the newest first; every link between them is verified.

        At most `limit`, all for 0.
        """

    def waiting(self, stage: str) -> int:
        """Return how many records the target keeps that have to join the chain."""

    def rejected(self) -> dict[str, str]:
        """Return the digests of releases that were rejected for good, with the reasons."""

    def now(self) -> str:
        """Return the time by the clock that records are made with: the registry's own."""


class Ledger(LedgerReader, Protocol):
    """The same, and adds records; whoever calls it holds the lock of the stage."""

    def append(self, stage: str, event: Event) -> Record:
        """Add a record; Refused where the event cannot follow the state.

        Where the registry does not answer and the stage's target keeps what was read last, the
        record is kept on the target, and joins the chain when a later command reaches both.
        """

    def join(self, stage: str) -> Record | None:
        """Let the records that the target keeps join the chain; returns the last record then."""

    def reject(self, event: Event) -> Record:
        """Reject a release for good, on all stages; needs no lock."""

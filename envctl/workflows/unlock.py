"""`unlock`: take the lock of a stage from its holder, because a person insists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.stage_record import Event, Kind

if TYPE_CHECKING:
    from envctl.domain.target import Holder
    from envctl.ports.ledger import Ledger
    from envctl.ports.target import StageLock


def unlock(stage: str, lock: StageLock, ledger: Ledger, reason: str) -> Holder | None:
    """Take the lock from its holder, who is returned; the history says whose it was.

    The record is made under the lock, as all are.
    """
    former = lock.force()
    with lock.held("unlock", wait=None, waiting=lambda _: None) as held:
        held.check()
        outcome = f"taken from {former}" if former else "nobody held it any more"
        ledger.append(stage, Event(Kind.UNLOCKED, reason=reason, outcome=outcome))
    return former

"""`unlock`: take the lock of a stage from its holder, because a person insists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.stage_record import Event, Kind
from envctl.errors import EnvctlError, Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.target import Holder
    from envctl.ports.ledger import Ledger
    from envctl.ports.target import StageLock

PATIENCE = 60.0
"""Seconds to wait for somebody who got the lock before it could be recorded that it was taken."""


def unlock(
    stage: str, lock: StageLock, ledger: Ledger, reason: str, waiting: Callable[[Holder], None]
) -> Holder | None:
    """Take the lock from its holder, who is returned; the history says whose it was.

    The record is made under the lock, as all are: whoever has waited for it may come first, and
    `waiting` is told who. Failed says that it was taken, and that there is no record of it.
    """
    former = lock.force()
    try:
        with lock.held("unlock", wait=PATIENCE, waiting=waiting) as held:
            held.check()
            outcome = f"taken from {former}" if former else "nobody held it any more"
            ledger.append(stage, Event(Kind.UNLOCKED, reason=reason, outcome=outcome))
    except EnvctlError as error:
        if former is None:
            raise
        raise Failed(
            f"the lock was taken from {former}, and there is no record of it: {error.message}",
            hint=error.hint,
        ) from error
    return former

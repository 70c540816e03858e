"""Find the release that a stage runs, from its ledger alone: no target is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import UsageError

if TYPE_CHECKING:
    from envctl.workflows.ledger_look import LedgerLook
    from envctl.workflows.releases import NamedRelease, Shelf


def running_release(ledger: LedgerLook, shelf: Shelf, stage: str) -> NamedRelease:
    """Return what `stage` runs now; UsageError where it is not known, or runs nothing."""
    running = ledger.state(stage).running
    if running is not None:
        return shelf.find(running.release)
    chains = ledger.chains()
    if stage in chains:
        raise UsageError(f"{stage} runs nothing yet", hint=f"envctl deploy {stage}")
    known = ", ".join(sorted(name for name in chains if name.isidentifier() or name[:1].isalnum()))
    if not known and not shelf.all():
        raise UsageError(
            f"{shelf.place.host}/{shelf.place.repository} has no releases",
            hint="check the name; envctl release makes one",
        )
    hint = f"there are: {known}" if known else "no stage was ever promoted a release"
    raise UsageError(f"there is no stage {stage!r} in {shelf.place.repository}", hint=hint)

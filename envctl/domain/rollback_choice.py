"""Which deployment a rollback goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from envctl.domain.stage_record import Deployed, StageState


def choose_rollback(
    stage: str,
    state: StageState,
    stored: Collection[str],
    rejected: Mapping[str, str],
    said: str = "",
) -> Deployed:
    """Return the deployment that `said` means: a version, a digest's beginning or its own name.

    Without a word it is the last good one before the one that runs, but none that was rolled back
    from. Only what was in service, is kept on the target and was not `rejected` can be gone back
    to; Refused names these.
    """
    running = state.running
    if running is None:
        raise Refused(f"{stage} runs nothing yet", hint=f"envctl deploy {stage}")
    kept = [d for d in state.good if d.name in stored and d.name != running.name]
    kept = [d for d in kept if d.release not in rejected]
    if said and _means(said, running):
        raise Refused(f"{stage} runs {running.version} already", hint=_known(kept))
    found = [d for d in kept if _means(said, d)] if said else _not_left(kept, state)
    if found:
        return found[0]
    if said:
        why = "is rejected, was never run there, or is kept no more"
        raise Refused(f"{stage} cannot go back to {said!r}: it {why}", hint=_known(kept))
    raise Refused(f"{stage} has run nothing before {running.version}", hint=_known(kept))


def _not_left(kept: Collection[Deployed], state: StageState) -> list[Deployed]:
    return [d for d in kept if d.name not in state.left]


def _known(kept: Collection[Deployed]) -> str:
    if not kept:
        return "there is none to go back to: promote and deploy another release"
    return f"it can go back to: {', '.join(f'{d.version} ({d.name})' for d in kept)}"


def _means(said: str, deployed: Deployed) -> bool:
    digits = said.removeprefix("sha256:")
    by_digest = len(digits) >= 6 and deployed.release.removeprefix("sha256:").startswith(digits)
    return said in (deployed.version, deployed.name) or by_digest

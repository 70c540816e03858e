"""Which deployment a rollback goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.domain.stage_record import Deployed, StageState


def choose_rollback(
    stage: str, state: StageState, stored: Collection[str], said: str = ""
) -> Deployed:
    """Return the deployment that `said` means: a version, a digest's beginning or its own name.

    Without a word it is the last good one before the one that runs. Only what was in service and
    is kept on the target can be gone back to; Refused names these.
    """
    running = state.running
    if running is None:
        raise Refused(f"{stage} runs nothing yet", hint=f"envctl deploy {stage}")
    kept = [d for d in state.good if d.name in stored and d.name != running.name]
    if said and _means(said, running):
        raise Refused(f"{stage} runs {running.version} already", hint=_known(kept))
    found = [d for d in kept if not said or _means(said, d)]
    if found:
        return found[0]
    if said:
        raise Refused(
            f"{stage} has never run a release {said!r}, or keeps it no more", hint=_known(kept)
        )
    raise Refused(f"{stage} has run nothing before {running.version}", hint=_known(kept))


def _known(kept: Collection[Deployed]) -> str:
    if not kept:
        return "there is none to go back to: promote and deploy another release"
    return f"it can go back to: {', '.join(f'{d.version} ({d.name})' for d in kept)}"


def _means(said: str, deployed: Deployed) -> bool:
    digits = said.removeprefix("sha256:")
    by_digest = len(digits) >= 6 and deployed.release.removeprefix("sha256:").startswith(digits)
    return said in (deployed.version, deployed.name) or by_digest

"""What comes to a stage next by itself: one decision, for `deploy` where it follows, and `status`.

| where                               | what comes                                            |
|-------------------------------------|-------------------------------------------------------|
| on a stage after another            | what that one runs; nothing while that one is on hold |
| on a first stage                    | the release of the commit that is checked out, if any |
| what is promoted, or runs           | nothing: it is there                                  |
| what it ran before what it runs now | nothing: only a person takes a stage back             |
| on a stage that is on hold          | not yet: a person promotes again                      |
| what the one-way rule forbids       | not yet                                               |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.one_way import Obstacle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState


def why_nothing_comes(stage: Stage, states: Mapping[str, StageState]) -> str:
    """Return why nothing comes from the stage before; empty where something may."""
    if not stage.after:
        return ""
    before = states[stage.after]
    if before.running is None:
        return f"{stage.after} runs nothing yet"
    if before.hold:
        return f"{stage.after} is on hold ({before.hold}), so nothing comes from there"
    return ""


def is_there(state: StageState, release: str) -> bool:
    """Whether a release is no news: it is promoted, or it runs."""
    return release in (state.promoted, state.running.release if state.running else "")


def why_not_back(stage: Stage, state: StageState, release: str, version: str) -> str:
    """Return why a release would be a step back; empty where it is none."""
    if state.running is None or all(run.release != release for run in state.runs):
        return ""
    return (
        f"{stage.name} ran {version} before {state.running.version}: only "
        f"envctl promote {stage.name} --release {version} takes it back"
    )


def holds_off(stage: Stage, state: StageState) -> tuple[Obstacle, ...]:
    """Return the hold of a stage as what keeps a release from coming by itself."""
    if not (stage.follow and state.hold):
        return ()
    return (Obstacle(f"{stage.name} is on hold", f"envctl promote {stage.name} ends that"),)

"""What may happen to a stage next, and the state that it leads to.

| event            | may follow when                        | leads to                             |
|------------------|----------------------------------------|--------------------------------------|
| promoted         | always                                 | it is promoted; there is no hold     |
| deploy started   | nothing is open; its release is the    | it is open                           |
|                  | promoted one                           |                                      |
| deployed         | that deploy is open                    | it runs; what ran is the newest good |
|                  |                                        | one; nothing is open                 |
| rollback started | nothing is open; the deployment is one | it is open                           |
|                  | of the good ones                       |                                      |
| rolled back      | that rollback is open                  | as deployed; its release is the      |
|                  |                                        | promoted one; there is a hold, and   |
|                  |                                        | what ran was left                    |
| failed           | something is open                      | nothing is open; what ran still runs |
| checked          | nothing is open; its release runs      | it is the evidence of this release   |
| unlocked         | always                                 | nothing changes                      |
| rejected         | always, in the project's own chain     | the release is rejected for good     |
| records given up | always                                 | nothing changes                      |

A promotion while something is open is allowed: the next command finishes or undoes what is open
first, whoever died. The time in which a release runs ends with another release, not with another
deployment of it: settings are no part of what was tried out. A release that comes back begins a
run of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.domain.moments import seconds_of
from envctl.domain.stage_record import Evidence, Kind, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.stage_record import Deployed, Event, StageState

GOOD, RUNS, CHECKS = 20, 50, 50
"""How many are kept in a state, so that it does not grow."""

_STARTS = (Kind.DEPLOY_STARTED, Kind.ROLLBACK_STARTED)
_ENDS = {Kind.DEPLOYED: Kind.DEPLOY_STARTED, Kind.ROLLED_BACK: Kind.ROLLBACK_STARTED}


class CannotFollowError(ValueError):
    """An event that cannot follow the state; `allows` says what would let it."""

    def __init__(self, why: str, allows: str) -> None:
        super().__init__(why)
        self.allows = allows


def next_state(state: StageState, event: Event, at: str) -> StageState:
    """Return the state after an event at the time `at`; CannotFollowError says why not."""
    if found := _what_forbids(state, event):
        raise CannotFollowError(*found)
    return _after(state, event, began=at, ended=at)


def joined_state(state: StageState, event: Event, *, at: str, known: str) -> StageState:
    """Return the state after an event that happened before it could be recorded.

    It has happened, so nothing forbids it. Its own time is another clock's, so a run that it
    begins counts from `at`, when it joined the chain, and one that it ends to `known`, the time
    of the record before it: never too long.
    """
    return _after(state, event, began=at, ended=known or at)


def _what_forbids(state: StageState, event: Event) -> tuple[str, str] | None:
    if event.kind in (*_STARTS, *_ENDS) and event.deployment is None:
        raise ValueError(f"{event.kind} needs a deployment")
    if event.kind in _STARTS:
        return _forbids_start(state, event)
    if event.kind in _ENDS or event.kind is Kind.FAILED:
        return _forbids_end(state, event)
    if event.kind is Kind.CHECKED:
        return _open(state) or _forbids_check(state, event)
    return None


def _open(state: StageState) -> tuple[str, str] | None:
    if state.opened is None:
        return None
    what = f"{state.opened.kind} {state.opened.version}".strip()
    return f"{what} has no end yet", "envctl deploy finishes or undoes it"


def _forbids_start(state: StageState, event: Event) -> tuple[str, str] | None:
    if found := _open(state):
        return found
    if event.kind is Kind.DEPLOY_STARTED and event.release != state.promoted:
        return (
            f"{event.version} is not what was promoted",
            f"envctl promote STAGE --release {event.version}",
        )
    if event.kind is Kind.ROLLBACK_STARTED and not _is_good(state, event):
        known = ", ".join(one.version for one in state.good) or "none"
        return f"{event.version} was not deployed before", f"there are: {known}"
    return None


def _is_good(state: StageState, event: Event) -> bool:
    return _name(event) in {one.name for one in state.good}


def _name(event: Event) -> str:
    return event.deployment.name if event.deployment else ""


def _forbids_end(state: StageState, event: Event) -> tuple[str, str] | None:
    opened, wanted = state.opened, _ENDS.get(event.kind)
    fits = opened is not None and (
        wanted is None or (opened.kind is wanted and _name(opened) == _name(event))
    )
    if fits:
        return None
    what = f"{opened.kind} {opened.version}" if opened else "nothing"
    return f"{event.kind} cannot follow: {what} is open", "envctl history STAGE shows what happened"


def _forbids_check(state: StageState, event: Event) -> tuple[str, str] | None:
    if state.running and state.running.release == event.release:
        return None
    runs = state.running.version if state.running else "nothing"
    return f"{event.version} was checked, and {runs} runs", "check what runs"


def _after(state: StageState, event: Event, *, began: str, ended: str) -> StageState:
    change: Callable[[], StageState] = {
        Kind.PROMOTED: lambda: _promoted(state, event),
        Kind.DEPLOY_STARTED: lambda: replace(state, opened=event),
        Kind.ROLLBACK_STARTED: lambda: replace(state, opened=event),
        Kind.DEPLOYED: lambda: _deployed(state, event.deployment, began, ended),
        Kind.ROLLED_BACK: lambda: _rolled_back(state, event, began, ended),
        Kind.FAILED: lambda: replace(state, opened=None),
        Kind.CHECKED: lambda: _checked(state, event, began),
        Kind.UNLOCKED: lambda: state,
        Kind.GIVEN_UP: lambda: state,
        Kind.REJECTED: lambda: _rejected(state, event),
    }[event.kind]
    return change()


def _promoted(state: StageState, event: Event) -> StageState:
    return replace(
        state, promoted=event.release, version=event.version, hotfix=event.hotfix, hold=""
    )


def _deployed(state: StageState, deployment: Deployed | None, began: str, ended: str) -> StageState:
    if deployment is None:
        return replace(state, opened=None)
    former = () if state.running in (None, deployment) else (state.running,)
    good = [one for one in (*former, *state.good) if one and one.name != deployment.name]
    names = [one.name for one in good]
    same = state.running is not None and state.running.release == deployment.release
    return replace(
        state,
        running=deployment,
        since=state.since if same else began,
        good=tuple(one for n, one in enumerate(good) if one.name not in names[:n])[:GOOD],
        left=tuple(name for name in state.left if name != deployment.name),
        opened=None,
        runs=state.runs if same else _runs(state.runs, deployment, began, ended),
    )


def _runs(runs: tuple[Run, ...], deployment: Deployed, began: str, ended: str) -> tuple[Run, ...]:
    closed = (run if run.until else replace(run, until=max(ended, run.since)) for run in runs)
    return (*closed, Run(deployment.release, deployment.version, began))[-RUNS:]


def _rolled_back(state: StageState, event: Event, began: str, ended: str) -> StageState:
    former = state.running.version if state.running else "nothing"
    names = (state.running.name,) if state.running else ()
    reason = (state.opened or event).reason  # a person's; whoever finishes it has none
    led = _deployed(state, event.deployment, began, ended)
    return replace(
        led,
        left=tuple(dict.fromkeys((*names, *led.left)))[:GOOD],
        promoted=event.release,
        version=event.version,
        hotfix=event.hotfix,
        hold=reason or f"rolled back from {former} to {event.version}",
    )


def _checked(state: StageState, event: Event, at: str) -> StageState:
    others = tuple(one for one in state.checks if one.release != event.release)
    evidence = Evidence(event.release, event.command, event.passed, at)
    return replace(state, checks=(*others, evidence)[-CHECKS:])


def _rejected(state: StageState, event: Event) -> StageState:
    others = tuple(one for one in state.rejected if one[0] != event.release)
    return replace(state, rejected=(*others, (event.release, event.reason)))


def ran_for(state: StageState, release: str, now: str) -> int:
    """Return the seconds that a stage ran a release for, up to `now`, in all its runs."""
    return sum(
        max(0, seconds_of(run.until or now) - seconds_of(run.since))
        for run in state.runs
        if run.release == release
    )

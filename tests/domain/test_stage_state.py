"""What may happen to a stage next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.moments import seconds_of
from envctl.domain.stage_record import Event, Evidence, Kind, Run, StageState
from envctl.domain.stage_state import (
    GOOD,
    RUNS,
    CannotFollowError,
    joined_state,
    next_state,
    ran_for,
)
from tests.ledgers import deploy, deployed, event, redeploy, release, rollback


def at(minute: int) -> str:
    return f"2026-01-31T{minute // 60:02}:{minute % 60:02}:00Z"


def after(*events: Event, state: StageState | None = None) -> StageState:
    """Return the state after events, one in each minute, the first in minute 1."""
    state = state or StageState()
    for minute, one in enumerate(events, 1):
        state = next_state(state, one, at(minute))
    return state


def test_a_promotion_says_what_is_to_run_and_ends_a_hold() -> None:
    held = replace(StageState(), hold="rolled back", hotfix=True)
    state = after(event(Kind.PROMOTED, 1), state=held)
    assert state == StageState(promoted=release(1), version="1.1")


def test_a_hotfix_shows_until_the_next_promotion() -> None:
    assert after(event(Kind.PROMOTED, 1, hotfix=True)).hotfix
    assert not after(event(Kind.PROMOTED, 1, hotfix=True), event(Kind.PROMOTED, 2)).hotfix


def test_what_is_deployed_runs_and_what_ran_is_good() -> None:
    state = after(*deploy(1), *deploy(2), *deploy(3))
    assert state.running == deployed(3)
    assert state.good == (deployed(2), deployed(1))
    assert state.since == at(9)
    assert state.opened is None
    assert state.runs == (
        Run(release(1), "1.1", at(3), at(6)),
        Run(release(2), "1.2", at(6), at(9)),
        Run(release(3), "1.3", at(9)),
    )


def test_other_settings_are_another_deployment_in_the_same_run() -> None:
    state = after(*deploy(1), *redeploy(1, 2))
    assert state.running == deployed(1, 2)
    assert state.good == (deployed(1, 1),)
    assert state.since == at(3)
    assert state.runs == (Run(release(1), "1.1", at(3)),)


def test_the_same_deployment_again_changes_nothing() -> None:
    once = after(*deploy(1))
    assert after(*redeploy(1), state=once) == once


def test_a_deployment_that_comes_back_is_good_no_longer_but_runs() -> None:
    state = after(*deploy(1), *deploy(2), *deploy(1))
    assert (state.running, state.good) == (deployed(1), (deployed(2),))
    assert [run.release for run in state.runs] == [release(1), release(2), release(1)]


def test_a_rollback_puts_the_stage_on_hold() -> None:
    state = after(*deploy(1), *deploy(2), *rollback(1))
    assert state.running == deployed(1)
    assert state.good == (deployed(2),)
    assert (state.promoted, state.version) == (release(1), "1.1")
    assert state.hold == "rolled back from 1.2 to 1.1"
    start = event(Kind.ROLLBACK_STARTED, 1, reason="slow")
    ended = event(Kind.ROLLED_BACK, 1, reason="finished by the next command")
    assert after(*deploy(1), *deploy(2), start, ended).hold == "slow"


@pytest.mark.parametrize("start", [event(Kind.DEPLOY_STARTED, 2), event(Kind.ROLLBACK_STARTED, 1)])
def test_a_failure_leaves_what_ran(start: Event) -> None:
    before = after(*deploy(1), *deploy(2))
    assert after(start, event(Kind.FAILED, outcome="no disk"), state=before) == before


def test_a_check_is_the_evidence_of_what_runs() -> None:
    failed = event(Kind.CHECKED, 1, command="make smoke")
    passed = replace(failed, passed=True)
    assert after(*deploy(1), failed, passed).checks == (
        Evidence(release(1), "make smoke", passed=True, at=at(5)),
    )


def test_taking_a_lock_changes_nothing_even_while_something_is_open() -> None:
    opened = after(*deploy(1)[:2])
    assert after(event(Kind.UNLOCKED, reason="gone home"), state=opened) == opened


@pytest.mark.parametrize(
    ("events", "said", "allows"),
    [
        (
            [*deploy(1)[:2], event(Kind.DEPLOY_STARTED, 1)],
            "deploy started 1.1 has no end yet",
            "envctl deploy finishes or undoes it",
        ),
        (
            [*deploy(1), *deploy(2), event(Kind.ROLLBACK_STARTED, 1), *redeploy(2)],
            "rollback started 1.1 has no end yet",
            "envctl deploy finishes or undoes it",
        ),
        (
            [*deploy(1), event(Kind.DEPLOY_STARTED, 2)],
            "1.2 is not what was promoted",
            "envctl promote STAGE --release 1.2",
        ),
        (
            [*deploy(1), *deploy(2), event(Kind.ROLLBACK_STARTED, 3)],
            "1.3 was not deployed before",
            "there are: 1.1",
        ),
        (
            [event(Kind.ROLLBACK_STARTED, 3)],
            "1.3 was not deployed before",
            "there are: none",
        ),
        (
            [event(Kind.PROMOTED, 1), event(Kind.DEPLOYED, 1)],
            "deployed cannot follow: nothing is open",
            "envctl history STAGE shows what happened",
        ),
        (
            [*deploy(1)[:2], event(Kind.DEPLOYED, 1, 2)],
            "deployed cannot follow: deploy started 1.1 is open",
            "envctl history STAGE shows what happened",
        ),
        (
            [*deploy(1)[:2], event(Kind.ROLLED_BACK, 1)],
            "rolled back cannot follow: deploy started 1.1 is open",
            "envctl history STAGE shows what happened",
        ),
        (
            [*deploy(1), event(Kind.FAILED)],
            "failed cannot follow: nothing is open",
            "envctl history STAGE shows what happened",
        ),
        (
            [event(Kind.CHECKED, 1)],
            "1.1 was checked, and nothing runs",
            "check what runs",
        ),
        (
            [*deploy(1), *deploy(2), event(Kind.CHECKED, 1)],
            "1.1 was checked, and 1.2 runs",
            "check what runs",
        ),
        (
            [*deploy(1), event(Kind.DEPLOY_STARTED, 1), event(Kind.CHECKED, 1)],
            "deploy started 1.1 has no end yet",
            "envctl deploy finishes or undoes it",
        ),
    ],
)
def test_what_cannot_follow_is_refused(events: list[Event], said: str, allows: str) -> None:
    with pytest.raises(CannotFollowError) as raised:
        after(*events)
    assert (str(raised.value), raised.value.allows) == (said, allows)


def test_a_deploy_without_a_deployment_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="deploy started needs a deployment"):
        after(Event(Kind.DEPLOY_STARTED))


def test_a_state_does_not_grow_without_end() -> None:
    state = after(*(one for n in range(1, 61) for one in deploy(n)))
    assert state.good == tuple(deployed(n) for n in range(59, 59 - GOOD, -1))
    assert len(state.runs) == RUNS


def test_what_joins_late_has_happened() -> None:
    state = after(*deploy(1), *deploy(2), event(Kind.DEPLOY_STARTED, 2))
    led = joined_state(state, event(Kind.ROLLED_BACK, 1), at=at(90), known=at(60))
    assert (led.running, led.opened) == (deployed(1), None)
    assert led.runs[-2:] == (
        Run(release(2), "1.2", at(6), at(60)),
        Run(release(1), "1.1", at(90)),
    )


def test_a_release_ran_for_as_long_as_all_its_runs() -> None:
    state = after(*deploy(1), *deploy(2), *rollback(1))
    assert ran_for(state, release(1), at(10)) == 5 * 60
    assert ran_for(state, release(2), at(10)) == 2 * 60
    assert ran_for(state, release(3), at(10)) == 0


def test_a_clock_that_was_set_back_makes_no_time() -> None:
    state = after(*deploy(1))
    assert ran_for(state, release(1), at(1)) == 0


@pytest.mark.parametrize(
    ("early", "late", "apart"),
    [
        ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", 1),
        ("2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", 2 * 86400),
        ("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z", 86400),
        ("2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", 1),
        ("2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", 1),
        ("1970-01-01T00:00:00Z", "2026-11-24T03:58:17Z", 1795492697),
    ],
)
def test_times_are_apart_as_calendars_say(early: str, late: str, apart: int) -> None:
    assert seconds_of(late) - seconds_of(early) == apart


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
     "2026-01-01 00:00:00", "2026-01-01T00:00:00+01:00"],
)  # fmt: skip
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no time in UTC"):
        seconds_of(text)

"""What keeps a release from a stage, and what would let it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.one_way import what_forbids
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Event, Kind, StageState
from tests.domain.test_stage_state import after, at
from tests.ledgers import deploy, event, release

FIRST = Stage("integration")
LIVE = Stage("live", after="integration", soak=3600, requires_check=True)
PASSED = event(Kind.CHECKED, 1, command="make smoke", passed=True)
RAN_AND_PASSED = [*deploy(1), PASSED]


def said(
    stage: Stage,
    *events: Event,
    rejected: str | None = None,
    minute: int = 600,
    hotfix: bool = False,
) -> list[str]:
    states = {"integration": after(*events) if events else StageState()}
    no = {} if rejected is None else {release(1): rejected}
    found = what_forbids(stage, release(1), "1.1", states, no, at(minute), hotfix=hotfix)
    return [str(one) for one in found]


def test_the_first_stage_takes_every_release_that_is_not_rejected() -> None:
    assert said(FIRST) == []
    assert said(FIRST, rejected="leaks") == ["1.1 was rejected (leaks): make another release"]


def test_what_ran_long_enough_and_was_checked_may_go_on() -> None:
    assert said(LIVE, *RAN_AND_PASSED) == []
    assert said(LIVE, *RAN_AND_PASSED, minute=63) == []


def test_what_never_ran_before_may_not() -> None:
    never = (
        "integration has never run 1.1: envctl promote integration --release 1.1, "
        "then envctl deploy integration"
    )
    assert said(LIVE) == [never]
    assert said(LIVE, *deploy(2)) == [never]
    assert said(LIVE, *deploy(1)[:2]) == [never]
    assert said(LIVE, *deploy(1)[:2], event(Kind.FAILED)) == [never]


def test_all_reasons_are_told_at_once() -> None:
    assert said(LIVE, *deploy(1), minute=62, rejected="") == [
        "1.1 was rejected: make another release",
        "1.1 has to run on integration for 1 h: wait for 1 min more",
        "the check of 1.1 on integration was never made: "
        "a check that passes: envctl check integration -- COMMAND",
    ]


def test_time_counts_only_while_it_runs() -> None:
    assert said(LIVE, *RAN_AND_PASSED, *deploy(2)) == [
        "1.1 has to run on integration for 1 h: wait for 56 min more, with 1.1 running there: "
        "envctl deploy integration"
    ]


def test_the_last_check_counts() -> None:
    assert said(LIVE, *RAN_AND_PASSED, replace(PASSED, passed=False)) == [
        "the check of 1.1 on integration failed: "
        "a check that passes: envctl check integration -- COMMAND"
    ]


def test_a_check_of_another_release_proves_nothing() -> None:
    other = event(Kind.CHECKED, 2, command="make smoke", passed=True)
    (found,) = said(replace(LIVE, soak=0), *deploy(1), *deploy(2), other)
    assert found.startswith("the check of 1.1 on integration was never made")


def test_a_hotfix_passes_everything_but_a_rejection() -> None:
    assert said(LIVE, hotfix=True) == []
    assert said(LIVE, hotfix=True, rejected="leaks") == [
        "1.1 was rejected (leaks): make another release"
    ]


@pytest.mark.parametrize(
    ("soak", "told"),
    [(0.5, "1 s"), (90, "1 min 30 s"), (86400 * 2 + 3600 + 60, "2 d 1 h")],
)
def test_times_are_told_as_people_do(soak: float, told: str) -> None:
    (found,) = said(replace(LIVE, soak=soak, requires_check=False), *deploy(1), minute=3)
    assert found == f"1.1 has to run on integration for {told}: wait for {told} more"

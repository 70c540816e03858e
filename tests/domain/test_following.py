"""What comes to a stage by itself, and what does not."""

from __future__ import annotations

from dataclasses import replace

from envctl.domain.following import holds_off, is_there, why_not_back, why_nothing_comes
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Kind, StageState
from tests.domain.test_stage_state import after
from tests.ledgers import deploy, event, release, rollback

FIRST = Stage("integration", follow=True)
LIVE = Stage("live", after="integration", follow=True)


def test_what_the_stage_before_runs_comes() -> None:
    assert why_nothing_comes(LIVE, {"integration": after(*deploy(1))}) == ""
    assert why_nothing_comes(FIRST, {}) == ""


def test_nothing_comes_from_a_stage_that_runs_nothing() -> None:
    said = why_nothing_comes(LIVE, {"integration": after(event(Kind.PROMOTED, 1))})
    assert said == "integration runs nothing yet"


def test_nothing_comes_from_a_stage_that_is_on_hold() -> None:
    before = after(*deploy(1), *deploy(2), *rollback(1))
    assert why_nothing_comes(LIVE, {"integration": before}) == (
        "integration is on hold (rolled back from 1.2 to 1.1), so nothing comes from there"
    )
    assert not why_nothing_comes(
        LIVE, {"integration": after(event(Kind.PROMOTED, 1), state=before)}
    )


def test_what_is_promoted_or_runs_is_no_news() -> None:
    state = after(*deploy(1), event(Kind.PROMOTED, 2))
    assert [is_there(state, release(n)) for n in (1, 2, 3)] == [True, True, False]
    assert not is_there(StageState(), release(1))


def test_what_ran_before_what_runs_now_does_not_come_back_by_itself() -> None:
    state = after(*deploy(1), *deploy(2))
    assert why_not_back(LIVE, state, release(1), "1.1") == (
        "live ran 1.1 before 1.2: only envctl promote live --release 1.1 takes it back"
    )
    assert why_not_back(LIVE, state, release(3), "1.3") == ""
    assert why_not_back(LIVE, StageState(), release(1), "1.1") == ""


def test_what_was_left_by_a_rollback_does_not_come_back_by_itself() -> None:
    state = after(*deploy(1), *deploy(2), *rollback(1), event(Kind.PROMOTED, 1))
    assert why_not_back(LIVE, state, release(2), "1.2")


def test_a_hold_keeps_off_what_would_follow() -> None:
    held = after(*deploy(1), *deploy(2), *rollback(1))
    (found,) = holds_off(LIVE, held)
    assert str(found) == "live is on hold: envctl promote live ends that"
    assert holds_off(LIVE, after(*deploy(1))) == ()
    assert holds_off(replace(LIVE, follow=False), held) == ()

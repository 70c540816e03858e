"""What a rehearsal says, as text, and what is rehearsed where nobody names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.deployment import StageNames
from envctl.domain.rehearsal import (
    Asked,
    Failure,
    Part,
    Rehearsed,
    Seen,
    Span,
    candidate_of,
    report,
    require_other,
    require_running,
    seen_in,
    verdict,
)
from envctl.domain.stage import Stage
from envctl.domain.stage_record import StageState
from envctl.errors import Refused

ALL = dict.fromkeys((Part.BEFORE, Part.AFTER, Part.AGAIN), True)


def seen(part: Part, failed: int = 0, kind: str = "web: status 500", asked: int = 100) -> Seen:
    """Return a part of two seconds."""
    troubles = ((kind, failed),) if failed else ()
    return Seen(part, 2.0, asked, failed, troubles, 0.05)


def done(*other: Seen, **said: object) -> Rehearsed:
    """Return a rehearsal in which all is well, but for what is said."""
    known = {one.part: one for one in other}
    parts = tuple(known.get(part, seen(part)) for part in Part)
    good = Rehearsed("production", "1.0", "2.0", parts, ALL)
    return replace(good, **said)  # type: ignore[arg-type]


def without(*parts: Part) -> tuple[Seen, ...]:
    return tuple(seen(part) for part in Part if part not in parts)


def test_a_good_one() -> None:
    assert report(done()) == (
        "rehearsal for production: 2.0 over 1.0",
        "  1.0 serves: 2.0 s, 100 requests, none failed, at most 0.05 s without an answer",
        "  deploy of 2.0: 2.0 s, 100 requests, none failed, at most 0.05 s without an answer",
        "  2.0 serves: 2.0 s, 100 requests, none failed, at most 0.05 s without an answer",
        "  rollback to 1.0: 2.0 s, 100 requests, none failed, at most 0.05 s without an answer",
        "  1.0 serves again: 2.0 s, 100 requests, none failed, at most 0.05 s without an answer",
        "deploy: ok, 2.0 s",
        "requests: 500, none failed",
        "command: passed with 2.0",
        "way back: survived: after 2.0, 1.0 is healthy, answers as before and passes the command",
    )
    assert done().is_good


def test_requests_that_are_dropped_are_told_with_their_reasons() -> None:
    found = done(seen(Part.DEPLOY, 3, "web: status 503"), seen(Part.AFTER, 1, "api: refused"))
    assert report(found)[2:6] == (
        "  deploy of 2.0: 2.0 s, 100 requests, 3 failed, at most 0.05 s without an answer",
        "    3 x web: status 503",
        "  2.0 serves: 2.0 s, 100 requests, 1 failed, at most 0.05 s without an answer",
        "    1 x api: refused",
    )
    assert verdict(found)[1:] == (
        "requests: 500, 4 failed (3 in: deploy of 2.0, 1 in: 2.0 serves)",
        "command: passed with 2.0",
        "way back: survived: after 2.0, 1.0 is healthy, answers as before and passes the command",
    )
    assert not found.is_good


def test_a_migration_that_the_former_release_cannot_live_with() -> None:
    found = done(seen(Part.AGAIN, 99), passed={**ALL, Part.AGAIN: False})
    assert verdict(found)[-1] == (
        "way back: did not survive: after 2.0, 1.0 fails 99 of 100 requests (web: status 500) "
        "and does not pass the command any more"
    )
    assert not found.is_good


def test_a_former_release_that_does_not_come_back() -> None:
    found = done(
        seen=without(Part.AGAIN),
        passed={Part.BEFORE: True, Part.AFTER: True},
        rollback=Failure("web is unhealthy"),
    )
    assert verdict(found)[-1] == (
        "way back: did not survive: 1.0 does not come back after 2.0: web is unhealthy"
    )
    assert not found.is_good


def test_a_deploy_that_fails_says_what_became_of_the_former_release() -> None:
    said = {
        "seen": without(Part.AFTER, Part.BACK),
        "passed": {Part.BEFORE: True, Part.AGAIN: True},
        "deploy": Failure("web ended with 3"),
    }
    assert verdict(done(**said)) == (
        "deploy: failed: web ended with 3",
        "requests: 300, none failed",
        "command: was not run with 2.0, which did not come into service",
        "way back: survived: after the deploy of 2.0 that failed, 1.0 is healthy, answers as "
        "before and passes the command",
    )
    assert not done(**said).is_good


def test_what_failed_before_anything_was_changed_proves_nothing() -> None:
    failing = dict.fromkeys(ALL, False)
    found = done(seen(Part.BEFORE, 100), seen(Part.AGAIN, 100), passed=failing)
    assert verdict(found)[2:] == (
        "command: failed with 1.0 before anything was changed: it proves nothing",
        "way back: survived: after 2.0, 1.0 is healthy and answers as badly as before",
    )
    assert not found.is_good


def test_a_stage_without_ways_in_is_judged_by_health_and_command() -> None:
    found = done(seen=tuple(replace(seen(part), requests=0) for part in Part))
    assert report(found)[1] == "  1.0 serves: 2.0 s, no requests"
    assert verdict(found)[1] == "requests: none: the stage has no way in"
    assert verdict(found)[3].endswith("1.0 is healthy and passes the command")
    assert found.is_good


def test_requests_count_for_the_part_in_which_they_began() -> None:
    asked = [
        Asked("web", 0.9, 1.1),
        Asked("web", 1.0, 1.2),
        Asked("web", 1.5, 2.3, "status 500"),
        Asked("api", 1.8, 1.9),
        Asked("web", 2.0, 2.1),
    ]
    found = seen_in(Span(Part.DEPLOY, 1.0, 2.0), asked)
    assert (found.requests, found.failed, found.seconds) == (3, 1, 1.0)
    assert found.troubles == (("web: status 500", 1),)


def test_the_gap_is_the_longest_time_in_which_a_service_did_not_answer() -> None:
    steady = [Asked("api", at / 10, at / 10) for at in range(10)]
    web = [Asked("web", 0.1, 0.2), Asked("web", 0.3, 0.4, "reset"), Asked("web", 0.6, 0.7)]
    assert seen_in(Span(Part.DEPLOY, 0.0, 1.0), [*steady, *web]).gap == pytest.approx(0.5)
    silent = [Asked("web", 0.1, 9.0, "no answer within 10 s")]
    assert seen_in(Span(Part.DEPLOY, 0.0, 1.0), [*steady, *silent]).gap == 1.0


def state(running: str = "", promoted: str = "") -> StageState:
    """Return where a stage is."""
    deployed = StageNames("shop", "live").deployed(f"sha256:{running}", running, "s")
    return StageState(
        promoted=f"sha256:{promoted or running}", running=deployed if running else None
    )


LIVE, FIRST = Stage("live", after="test"), Stage("test")


@pytest.mark.parametrize(
    ("stage", "states", "candidate"),
    [
        (LIVE, {"live": state("1", "2"), "test": state("3")}, "sha256:2"),
        (LIVE, {"live": state("1"), "test": state("3")}, "sha256:3"),
        (FIRST, {"test": state("1", "2")}, "sha256:2"),
        (FIRST, {"test": state("1")}, "latest"),
    ],
    ids=["promoted", "what the stage before runs", "promoted to the first", "latest"],
)
def test_what_comes_next_is_rehearsed(
    stage: Stage, states: dict[str, StageState], candidate: str
) -> None:
    assert candidate_of(stage, states, "latest") == candidate


def test_nothing_is_rehearsed_where_nothing_comes() -> None:
    states = {"live": state("1"), "test": state()}
    with pytest.raises(Refused, match="nothing comes to live next: test runs nothing yet"):
        candidate_of(LIVE, states, "latest")


def test_what_runs_already_is_refused() -> None:
    require_other(LIVE, "sha256:1", "sha256:2", "2.0")
    with pytest.raises(Refused, match=r"live runs 1\.0 already: there is nothing to rehearse"):
        require_other(LIVE, "sha256:1", "sha256:1", "1.0")


def test_a_stage_that_runs_nothing_is_refused() -> None:
    assert require_running(LIVE, {"live": state("1")}) == "sha256:1"
    with pytest.raises(Refused, match="live runs nothing yet"):
        require_running(LIVE, {"live": state()})

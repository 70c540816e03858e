"""When a service counts as ready, done or failed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envctl.domain.observed import Container
from envctl.domain.readiness import Phase, has_lost_a_port, is_settled, judge
from envctl.domain.service import Role, Service

PLAIN = Service("web", "web:1", restarts=True)
CHECKED = replace(PLAIN, has_healthcheck=True)
JOB = Service("migrate", "web:1", role=Role.JOB)
ONE_SHOT = Service("init", "web:1")
RUNNING = Container("id", "shop-web-1", "web", "running")


def _judged(
    service: Service, changes: dict[str, Any], *, steady: bool = False
) -> tuple[Phase, str]:
    container = replace(RUNNING, service=service.name, **changes)
    (state,) = judge([service], [container], {"id"} if steady else set())
    return state.phase, state.detail


@pytest.mark.parametrize(
    ("service", "changes", "expected"),
    [
        (CHECKED, {"health": "starting"}, (Phase.STARTING, "health: starting")),
        (CHECKED, {"health": "healthy"}, (Phase.READY, "healthy")),
        (CHECKED, {"health": "unhealthy"}, (Phase.FAILED, "unhealthy")),
        (PLAIN, {}, (Phase.STARTING, "started")),
        (PLAIN, {"state": "created"}, (Phase.WAITING, "created")),
        (PLAIN, {"state": "created", "error": "no such command"}, (Phase.FAILED, "cannot start")),
        (
            PLAIN,
            {
                "state": "created",
                "error": "Bind for 0.0.0.0:8080 failed: port is already allocated",
            },
            (Phase.FAILED, "cannot start: port 8080 is taken"),
        ),
        (
            PLAIN,
            {
                "state": "created",
                "error": "bind host port for 0.0.0.0:81:10.0.0.2:80/tcp: address already in use",
            },
            (Phase.FAILED, "cannot start: port 81 is taken"),
        ),
        (PLAIN, {"state": "paused"}, (Phase.FAILED, "paused")),
        (PLAIN, {"state": "exited", "exit_code": 2}, (Phase.FAILED, "exited (2)")),
        (PLAIN, {"state": "exited"}, (Phase.FAILED, "exited (0), but it is no job")),
        (
            PLAIN,
            {"state": "exited", "exit_code": 137, "oom_killed": True},
            (Phase.FAILED, "exited (137, out of memory)"),
        ),
        (
            PLAIN,
            {"state": "restarting", "exit_code": 1, "restart_count": 1},
            (Phase.STARTING, "restarting after exit code 1"),
        ),
        (
            PLAIN,
            {"state": "restarting", "exit_code": 1, "restart_count": 3},
            (Phase.STARTING, "restarting after exit code 1"),
        ),
        (
            PLAIN,
            {"restart_count": 3},
            (Phase.STARTING, "restarted 3 times"),
        ),
        (JOB, {}, (Phase.STARTING, "working")),
        (JOB, {"state": "exited"}, (Phase.DONE, "exited (0)")),
        (JOB, {"state": "exited", "exit_code": 1}, (Phase.FAILED, "exited (1)")),
        (ONE_SHOT, {"state": "exited"}, (Phase.DONE, "exited (0)")),
    ],
)
def test_a_container_is_judged(
    service: Service, changes: dict[str, Any], expected: tuple[Phase, str]
) -> None:
    assert _judged(service, changes) == expected


def test_without_a_healthcheck_a_service_is_ready_once_it_ran_for_the_minimum_time() -> None:
    assert _judged(PLAIN, {}, steady=True) == (Phase.READY, "running")


def test_a_running_job_is_never_ready_however_long_it_runs() -> None:
    assert _judged(JOB, {}, steady=True) == (Phase.STARTING, "working")


def test_a_service_is_as_well_as_its_worst_container() -> None:
    other = replace(RUNNING, id="other", health="unhealthy")
    service = replace(CHECKED, replicas=2)
    (state,) = judge([service], [replace(RUNNING, health="healthy"), other], set())
    assert state.phase is Phase.FAILED


def test_a_missing_replica_keeps_a_service_waiting() -> None:
    (state,) = judge([replace(CHECKED, replicas=2)], [replace(RUNNING, health="healthy")], set())
    assert (state.phase, state.detail) == (Phase.WAITING, "no container yet")


def test_a_service_scaled_to_nothing_is_done() -> None:
    (state,) = judge([replace(PLAIN, replicas=0)], [], set())
    assert state.phase is Phase.DONE


def test_one_off_containers_are_left_out() -> None:
    (state,) = judge([PLAIN], [replace(RUNNING, oneoff=True)], {"id"})
    assert state.phase is Phase.WAITING


def test_waiting_ends_when_all_are_good_or_one_has_failed() -> None:
    good = judge([CHECKED], [replace(RUNNING, health="healthy")], set())
    starting = judge([replace(CHECKED, name="other")], [], set())
    failed = judge([CHECKED], [replace(RUNNING, health="unhealthy")], set())
    assert is_settled(good)
    assert not is_settled(good + starting)
    assert is_settled(starting + failed)


def test_what_crashes_for_too_long_has_failed_and_what_was_restarted_once_has_not() -> None:
    crashing = replace(RUNNING, state="restarting", exit_code=1, restart_count=3)
    (lost,) = judge([PLAIN], [crashing], set(), {"id"})
    (once,) = judge([PLAIN], [replace(crashing, restart_count=1)], set(), {"id"})
    assert (lost.phase, lost.detail) == (Phase.FAILED, "keeps crashing, exit code 1")
    assert once.phase is Phase.STARTING


@pytest.mark.parametrize(
    ("detail", "lost"),
    [
        ("web: cannot start: port 8080 is taken", True),
        ("web: cannot start", False),
        ("web: exited (3)", False),
    ],
)
def test_a_port_that_somebody_else_took_is_told_from_other_troubles(
    detail: str, *, lost: bool
) -> None:
    assert has_lost_a_port(detail) is lost

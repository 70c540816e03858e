"""`up` from plan to running services, on an engine in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.project import Project
from envctl.domain.service import Dependency, Service
from envctl.errors import BuildFailed, CommandFailed, Unhealthy
from envctl.workflows.up import Running, UpRequest, prepare_up
from tests.fakes import DONE, crash
from tests.workflows.shop import API, DB, MIGRATE, SHOP, Playground


def _states(running: tuple[Running, ...]) -> dict[str, str]:
    return {r.state.service: f"{r.state.phase}: {r.state.detail}" for r in running}


def test_a_first_up_brings_everything_up_in_one_launch() -> None:
    shop = Playground()
    assert _states(shop.up()) == {
        "api": "ready: healthy",
        "db": "ready: healthy",
        "migrate": "done: exited (0)",
    }
    assert shop.engine.calls == [
        "pull db",
        "build api",
        "tag shop-api:latest shop:i.1",
        "launch api db migrate ordered",
    ]


def test_a_second_up_does_nothing() -> None:
    shop = Playground()
    shop.up()
    shop.engine.calls.clear()
    shop.up()
    assert shop.engine.calls == []


def test_changed_inputs_are_built_and_that_image_s_services_replaced() -> None:
    shop = Playground()
    shop.up()
    shop.engine.calls.clear()
    shop.inputs.names["api"] = "2"
    shop.up()
    assert shop.engine.calls == [
        "build api",
        "tag shop-api:latest shop:i.2",
        "launch migrate",
        "launch api",
    ]


def test_going_back_to_former_inputs_builds_nothing() -> None:
    shop = Playground()
    shop.up()
    shop.inputs.names["api"] = "2"
    shop.up()
    shop.engine.calls.clear()
    shop.inputs.names["api"] = "1"
    shop.up()
    assert shop.engine.calls[0] == "tag shop:i.1 shop-api:latest"
    assert not [call for call in shop.engine.calls if call.startswith("build")]


def test_files_that_change_during_a_build_are_not_taken_for_built() -> None:
    shop = Playground()
    shop.inputs.after = {"api": "2"}
    shop.up()
    assert "shop:i.1" not in shop.engine.images
    note = "note files of api changed while it was built: the next up builds it again"
    assert note in shop.reporter.lines


def test_a_failed_build_replaces_nothing() -> None:
    shop = Playground()
    shop.up()
    before = shop.engine.containers("shop")
    shop.inputs.names["api"] = "2"
    shop.engine.broken_builds = frozenset({"api"})
    with pytest.raises(BuildFailed):
        shop.up()
    assert shop.engine.containers("shop") == before


def test_a_failed_job_is_named_with_its_code_and_last_lines() -> None:
    shop = Playground()
    shop.engine.lives["migrate"] = crash(3)
    shop.engine.output["migrate"] = ["applying 0002", "column exists"]
    shop.engine.slow_launch = 100
    with pytest.raises(Unhealthy) as error:
        shop.up()
    assert error.value.message == "migrate: exited (3)"
    assert error.value.details == ("migrate: last lines:", "  applying 0002", "  column exists")


def test_an_unhealthy_service_is_named_with_its_health_log() -> None:
    shop = Playground()
    shop.engine.lives["api"] = (("running", "starting", 0), ("running", "unhealthy", 0))
    with pytest.raises(Unhealthy) as error:
        shop.up()
    assert error.value.message == "api: unhealthy"
    assert error.value.details == (
        "api: last failed healthcheck (exit code 1):",
        "  connection refused",
    )


def test_a_service_that_never_gets_ready_ends_the_wait() -> None:
    shop = Playground()
    shop.engine.lives["api"] = (("running", "starting", 0),)
    with pytest.raises(Unhealthy, match=r"not ready after 60 s: api: health: starting"):
        shop.up()
    assert shop.engine.clock.now == pytest.approx(60, abs=1)


def test_a_failure_that_nobody_waits_for_does_not_keep_others_from_starting() -> None:
    broken = Service("broken", "busybox:1.35", "def", restarts=True)
    web = replace(broken, name="web", depends_on=(Dependency("broken"),))
    shop = Playground(project=Project("shop", (broken, web)))
    shop.engine.put(broken, state="exited", exit_code=1)
    shop.engine.lives["broken"] = crash(1)
    shop.engine.slow_launch = 2
    with pytest.raises(Unhealthy, match=r"broken: exited \(1\)"):
        shop.up()
    assert shop.engine.calls[-2:] == ["launch broken", "launch web"]


def test_a_service_that_crashes_until_what_it_needs_is_there_is_ready_then() -> None:
    plain = Service("plain", "busybox:1.35", "def", restarts=True)
    playground = Playground(project=Project("shop", (plain,)))
    crashes = (("restarting", "", 1),) * 20
    playground.engine.lives["plain"] = (*crashes, ("running", "", 0))
    playground.engine.restarts = 7
    assert _states(playground.up()) == {"plain": "ready: running"}


def test_a_log_that_cannot_be_read_does_not_hide_the_diagnosis() -> None:
    shop = Playground()
    shop.engine.lives["migrate"] = crash(3)
    shop.engine.unreadable = frozenset({"migrate"})
    with pytest.raises(Unhealthy, match=r"migrate: exited \(3\)") as error:
        shop.up()
    assert error.value.details[-1] == "  cannot be read: this log driver has no reader"


def test_a_crash_loop_that_others_wait_for_ends_a_launch_that_never_ends() -> None:
    shop = Playground()
    shop.engine.lives["db"] = (("restarting", "", 1),)
    shop.engine.restarts = 5
    shop.engine.slow_launch = 10_000
    with pytest.raises(Unhealthy, match="db: keeps crashing, exit code 1"):
        shop.up()
    assert shop.engine.clock.now == pytest.approx(30, abs=1)


def test_what_compose_says_is_passed_on_when_no_service_failed() -> None:
    shop = Playground()
    shop.engine.refuse_launch = "Creating\nport is already allocated"
    with pytest.raises(CommandFailed, match="port is already allocated"):
        shop.up()


def test_what_compose_says_is_not_hidden_by_a_failure_from_before() -> None:
    shop = Playground()
    shop.up()
    shop.engine.put(API, state="exited", exit_code=1, image_id=shop.engine.images[API.image])
    shop.engine.refuse_launch = "the variable TOKEN is not set"
    with pytest.raises(CommandFailed, match="TOKEN is not set"):
        shop.up()


def test_after_a_failure_the_next_up_completes_the_work() -> None:
    shop = Playground()
    shop.engine.lives["migrate"] = crash(3)
    with pytest.raises(Unhealthy):
        shop.up()
    shop.engine.lives["migrate"] = DONE
    assert _states(shop.up())["migrate"] == "done: exited (0)"


def test_an_old_failure_is_not_held_against_a_service_that_is_being_replaced() -> None:
    shop = Playground()
    shop.up()
    shop.engine.put(API, state="exited", exit_code=1, image_id=shop.engine.images[API.image])
    shop.engine.slow_launch = 3
    assert _states(shop.up())["api"] == "ready: healthy"


def test_a_container_of_unknown_origin_is_left_to_compose_once() -> None:
    shop = Playground()
    shop.up()
    shop.memory.known = {}
    shop.engine.calls.clear()
    shop.up()
    assert shop.engine.calls == ["launch db", "launch migrate", "launch api"]
    shop.engine.calls.clear()
    shop.up()
    assert shop.engine.calls == []


def test_what_an_interrupted_up_created_is_known_to_the_next_one() -> None:
    shop = Playground()
    shop.engine.slow_launch = 100
    shop.engine.interrupt_after = 3
    with pytest.raises(KeyboardInterrupt):
        shop.up()
    shop.engine.slow_launch = 0
    shop.engine.calls.clear()
    shop.up()
    assert shop.engine.calls == []


def test_a_changed_definition_replaces_by_force() -> None:
    shop = Playground()
    shop.up()
    shop.engine.calls.clear()
    changed = replace(API, definition="def-api-2")
    shop.project = shop.engine.project = replace(SHOP, services=(changed, DB, MIGRATE))
    shop.up()
    assert shop.engine.calls == ["launch api forced"]


def test_strangers_in_the_playground_are_mentioned_and_left_alone() -> None:
    shop = Playground()
    shop.engine.put(Service("mailer", "mail:1"), state="running")
    shop.up()
    line = "note mailer runs here and is not among the services (another profile, or removed)"
    assert line in shop.reporter.lines
    assert "mailer" in {c.service for c in shop.engine.containers("shop")}


def test_steps_are_reported_as_they_begin_and_end() -> None:
    shop = Playground(project=Project("shop", (DB,)))
    shop.up()
    assert shop.reporter.lines == [
        "start pull db: postgres:15 is not on this engine",
        "end pull db",
        "start create db: no container",
        "end create db",
    ]


def test_a_service_without_healthcheck_has_to_run_for_the_minimum_time() -> None:
    plain = Service("plain", "busybox:1.35", "def", restarts=True)
    playground = Playground(project=Project("shop", (plain,)))
    playground.up()
    assert playground.engine.clock.now >= 1.0


def test_a_dry_run_has_no_hands() -> None:
    """What a dry run is made of can be listed, and none of it is able to change anything."""
    shop = Playground()
    prepared = prepare_up(shop.senses(), SHOP, UpRequest(), shop.reporter)
    assert prepared.plan
    assert shop.engine.calls == []

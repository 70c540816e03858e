"""`reset`: whatever was there goes, and all is new again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.observed import Guest
from envctl.domain.readiness import Phase
from envctl.errors import BuildFailed, Refused
from tests.workflows.shop import API, DB, Playground


def broken_shop() -> Playground:
    """Up once; then the api was removed by hand, the database corrupted, and data is there."""
    shop = Playground()
    shop.up()
    shop.engine.remove_containers([shop_id(shop, "api")], stop_first=())
    shop.engine.put(DB, state="exited", exit_code=1)
    shop.engine.data = ("shop_data",)
    shop.engine.calls.clear()
    return shop


def shop_id(shop: Playground, service: str) -> str:
    return next(c.id for c in shop.engine.containers("shop") if c.service == service)


def test_the_plan_says_what_goes_and_what_comes() -> None:
    assert str(broken_shop().prepare_reset().plan).splitlines() == [
        "remove db: 1 container, exited; killed",
        "remove migrate: 1 container, exited; killed",
        "remove network shop_default: it belongs to this playground",
        "remove volume shop_data: reset",
        "create api: no container",
        "create db: no container",
        "create migrate: no container",
    ]


def test_of_chosen_services_all_goes_and_only_they_come_with_what_they_need() -> None:
    assert str(broken_shop().prepare_reset(services=("migrate",)).plan).splitlines() == [
        "remove db: 1 container, exited; killed",
        "remove migrate: 1 container, exited; killed",
        "remove network shop_default: it belongs to this playground",
        "remove volume shop_data: reset",
        "create db: no container",
        "create migrate: no container",
    ]


def test_looking_changes_nothing() -> None:
    shop = broken_shop()
    shop.prepare_reset()
    assert shop.engine.calls == []


def test_all_is_new_and_healthy() -> None:
    shop = broken_shop()
    former = {c.id for c in shop.engine.containers("shop")}
    phases = {r.state.service: r.state.phase for r in shop.reset()}
    assert phases == {"api": Phase.READY, "db": Phase.READY, "migrate": Phase.DONE}
    assert not former & {c.id for c in shop.engine.containers("shop")}
    assert shop.engine.data == ()


def test_what_is_new_is_remembered_and_nothing_else() -> None:
    shop = broken_shop()
    shop.reset()
    assert set(shop.memory.recall()) == {c.id for c in shop.engine.containers("shop")}


def test_a_build_that_fails_leaves_what_was_there() -> None:
    shop = broken_shop()
    shop.inputs.names["api"] = "2"
    shop.engine.broken_builds = frozenset({"api"})
    with pytest.raises(BuildFailed):
        shop.reset()
    assert shop.engine.calls == ["build api"]
    assert shop.engine.data == ("shop_data",)


def test_somebody_elses_hold_on_the_data_stops_it_before_anything_is_touched() -> None:
    shop = broken_shop()
    shop.engine.strangers = (Guest("backup", volumes=("shop_data",)),)
    with pytest.raises(Refused, match="backup"):
        shop.reset()
    assert shop.engine.calls == []


def test_the_first_time_it_is_an_up() -> None:
    shop = Playground()
    shop.reset()
    assert {c.service for c in shop.engine.containers("shop")} == {"api", "db", "migrate"}


def test_a_service_scaled_to_nothing_stays_so() -> None:
    shop = Playground(replace(Playground().project, services=(replace(API, replicas=0),)))
    assert [r.state.detail for r in shop.reset()] == ["scaled to 0"]

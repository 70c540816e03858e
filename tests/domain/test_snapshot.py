"""What a save does: text in, text out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.domain.snapshot import (
    Mounted,
    SavedVolume,
    Snapshot,
    check_name,
    chosen_volumes,
    plan_save,
    strangers,
    writers,
)
from envctl.domain.volume import Volume, VolumeUser
from envctl.errors import Refused, UsageError

DATA, UP, OUT = Volume("data", "shop_data"), Volume("up", "shop_up"), Volume("out", "out")
SHOP = Project(
    "shop",
    (
        Service("api", "api:1", volumes=("out", "up")),
        Service("db", "postgres:15", volumes=("data",)),
        Service("web", "web:1", volumes=("up",)),
        Service("worker", "api:1"),
    ),
    volumes=(DATA, replace(OUT, external=True), UP),
)
DB = VolumeUser("c1", "shop-db-1", "shop", "db", "running")
API = VolumeUser("c2", "shop-api-1", "shop", "api", "running")
WEB = VolumeUser("c3", "shop-web-1", "shop", "web", "running", writable=False)
SPY = VolumeUser("c4", "spy", "", "", "running")


def test_all_that_write_hold_still_while_all_volumes_are_copied() -> None:
    users = {"data": [DB, SPY], "up": [API, WEB]}
    assert str(plan_save(SHOP, (DATA, UP), users)).splitlines() == [
        "pause api: it writes to up",
        "pause db: it writes to data",
        "save data: volume shop_data, used by db",
        "save up: volume shop_up, used by api, web",
        "resume api: the copy is made",
        "resume db: the copy is made",
    ]
    assert [u.name for u in writers(SHOP, users)] == ["shop-db-1", "shop-api-1"]
    assert strangers(SHOP, users) == (("spy", "data"),)


@pytest.mark.parametrize("state", ["paused", "exited", "created"])
def test_what_does_not_run_is_left_as_it_is(state: str) -> None:
    users = {"data": [replace(DB, state=state)]}
    assert str(plan_save(SHOP, (DATA,), users)) == "save data: volume shop_data, used by db"
    assert writers(SHOP, users) == ()


def test_one_that_writes_to_two_volumes_is_paused_once() -> None:
    users = {"data": [DB], "up": [DB]}
    plan = str(plan_save(SHOP, (DATA, UP), users)).splitlines()
    assert plan[0] == "pause db: it writes to data, up"
    assert writers(SHOP, users) == (DB,)


def test_nothing_to_save_is_refused() -> None:
    with pytest.raises(Refused, match="shop has no volume to save"):
        plan_save(SHOP, (), {})


def test_all_volumes_of_the_project_are_chosen_but_external_ones() -> None:
    assert chosen_volumes(SHOP, ()) == (DATA, UP)
    assert chosen_volumes(SHOP, ("api",)) == (UP,)
    assert chosen_volumes(SHOP, ("web", "db")) == (DATA, UP)


@pytest.mark.parametrize(("service", "said"), [("worker", "no named volume"), ("x", "no service")])
def test_a_service_without_a_volume_is_a_mistake(service: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        chosen_volumes(SHOP, (service,))


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "-x", "a b", "x" * 102])
def test_a_name_that_is_no_file_name_is_a_mistake(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a snapshot's name"):
        check_name(name)


def test_good_names_pass() -> None:
    for name in ("seed", "2026-01-01", "Before_v1.2"):
        check_name(name)


def test_a_snapshot_says_what_it_holds() -> None:
    saved = SavedVolume("data", 10, "", (Mounted("db", "postgres:15", "", "15"),))
    snapshot = Snapshot("seed", 0, "shop", (saved, replace(saved, key="up", size=5)))
    assert snapshot.size == 15
    assert [v.key for v in snapshot.holds(["up"])] == ["up"]
    with pytest.raises(UsageError, match="snapshot seed has no volume x") as caught:
        snapshot.holds(["x"])
    assert caught.value.hint == "it holds: data, up"

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from envctl.domain.diagnosis import diagnose
from envctl.domain.diagnosis.belongings_facts import (
    Belongings,
    ContainerFact,
    NetworkFact,
    Room,
    Usage,
)
from tests.domain.diagnosis.healthy import BELONGINGS, HEALTHY, bad, lines

DB = ContainerFact("shop-db-1", "shop", "db", "running", health="healthy")
WEB = ContainerFact("shop-web-1", "shop", "web", "running", health="healthy")


def found(*containers: ContainerFact, networks: tuple[NetworkFact, ...] = ()) -> list[str]:
    return bad(replace(HEALTHY, belongings=Belongings(containers, networks)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "restarting", "restart_count": 7, "exit_code": 3},
         "problem service web: restarts in a loop, 7 times so far, last exit code 3"),
        ({"restart_count": 3, "ran": 5.0, "health": "starting"},
         "problem service web: restarts in a loop, 3 times so far"),
        ({"state": "exited", "exit_code": 137, "oom_killed": True},
         "problem service web: ran out of memory and was killed -> raise mem_limit"),
        ({"health": "unhealthy", "probe": "connection refused"},
         "problem service web: unhealthy: connection refused -> envctl logs web shows why"),
        ({"state": "created", "error": "port is taken"},
         "warning service web: created, never started: port is taken -> envctl up starts it"),
        ({"state": "exited", "exit_code": 1},
         "warning service web: ended with exit code 1 while others run -> envctl logs web"),
        ({"state": "dead"},
         "warning container shop-web-1: stuck: dead -> docker rm --force shop-web-1"),
        ({"state": "removing"}, "warning container shop-web-1: stuck: removing"),
    ],
)  # fmt: skip
def test_a_container_of_this_playground(changes: dict[str, Any], said: str) -> None:
    (line,) = found(DB, replace(WEB, **changes))
    assert line.startswith(said)


@pytest.mark.parametrize(
    "changes",
    [{"restart_count": 9, "ran": 61.0}, {"restart_count": 2, "ran": 1.0}, {"state": "paused"}],
)
def test_a_container_that_has_recovered_is_well(changes: dict[str, Any]) -> None:
    assert found(DB, replace(WEB, **changes)) == []


@pytest.mark.parametrize("code", [0, 137, 143])
def test_a_playground_that_was_stopped_is_no_fault(code: int) -> None:
    stopped = [replace(c, state="exited", exit_code=code, health="unhealthy") for c in (DB, WEB)]
    assert found(*stopped) == []


def test_a_service_that_is_in_no_file_may_have_a_profile() -> None:
    assert found(DB, WEB, replace(WEB, service="debug", state="exited", exit_code=1)) == []


def test_what_a_one_off_command_left() -> None:
    left = ContainerFact("shop-web-run-1", "shop", "web", "exited", oneoff=True)
    assert found(DB, WEB, left) == [
        "warning container shop-web-run-1: left by a one-off command of web"
        " -> docker rm shop-web-run-1"
    ]
    assert found(DB, WEB, replace(left, state="running")) == []


def test_a_playground_whose_folder_is_gone() -> None:
    gone = ContainerFact("", "old", "", "running", folder="/old/checkout", folder_gone=True)
    old = [replace(gone, name=f"old-{s}-1", service=s) for s in ("a", "b")]
    assert found(DB, WEB, *old) == [
        "warning playground old: 2 containers, and its folder /old/checkout is gone"
        " -> envctl prune removes it with its data, and asks first; its data is kept by docker"
        " compose --project-name old down"
    ]


def test_another_playgrounds_crash_loop_is_told_and_its_stopped_containers_are_not() -> None:
    other = ContainerFact("x-web-1", "x", "web", "restarting")
    assert found(DB, WEB, other) == [
        "warning container x-web-1 of playground x: restarts in a loop -> docker logs x-web-1"
        " shows why; docker stop x-web-1 ends it"
    ]
    assert found(DB, WEB, replace(other, state="exited", exit_code=1)) == []


def test_networks_of_a_playground_without_containers() -> None:
    networks = (NetworkFact("shop_default", "shop"), NetworkFact("x_default", "x"))
    assert found(networks=networks) == [
        "warning networks: of this playground, without any container: shop_default"
        " -> envctl down removes them, envctl up uses them"
    ]
    assert found(DB, networks=networks) == []


def test_room_is_told_for_the_largest_and_the_rest_in_one() -> None:
    many = tuple(Usage(f"p{i:02}", i * 1024, 0) for i in range(12))
    said = lines(diagnose(replace(HEALTHY, room=Room(many))))
    assert next(line for line in said if "room of p" in line) == (
        "ok room of p11: 11 KiB in volumes, 0 B in containers"
    )
    assert "ok room of 2 more: 1 KiB" in said


def test_the_room_of_this_playground_is_told_however_small() -> None:
    large = tuple(Usage(f"p{i:02}", 1024, 0) for i in range(12))
    said = lines(diagnose(replace(HEALTHY, room=Room((*large, Usage("shop", 1, 2))))))
    (first, *_) = [line for line in said if "room of" in line]
    assert first == "ok room of shop: 1 B in volumes, 2 B in containers"


@pytest.mark.parametrize(("count", "size"), [(100, 0), (1, 1024**3)])
def test_many_or_large_volumes_that_nothing_uses(count: int, size: int) -> None:
    (line,) = bad(replace(HEALTHY, room=Room(nameless_volumes=count, nameless_size=size)))
    assert line.startswith(f"warning volumes: {count} without a name that nothing uses")
    assert line.endswith("-> docker volume prune removes them")
    few = Room(nameless_volumes=99, nameless_size=1024**3 - 1)
    assert bad(replace(HEALTHY, room=few, belongings=BELONGINGS)) == []

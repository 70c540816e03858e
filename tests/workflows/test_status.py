"""`status` over a target in memory: how a stage is at any moment, and what comes to it next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from envctl.domain.stage_status import StageStatus, under_way
from envctl.errors import Refused
from envctl.workflows.status import StatusLook
from tests.target.desk import Desk
from tests.target.effects import Effects, Fault, Killed
from tests.target.releases import FakeRelease
from tests.target.scenarios import LIVE, WORKER, deployed, promoted
from tests.target.world import World
from tests.workflows.test_deploy import ONE, TWO, cut


def status(world: World) -> StageStatus:
    here = Desk(world).open(LIVE)
    return StatusLook(LIVE, here.look, here.lock, "localhost", lambda: None).status()


def during(world: World, command: Callable[[Desk], object]) -> list[StageStatus]:
    """Return how the stage was at each effect of a command."""
    seen: list[StageStatus] = []
    trial = Desk(world.copy())
    command(trial)
    for at in range(len(trial.effects.names)):
        there = world.copy()
        effects = Effects(at=at, meanwhile=lambda there=there: seen.append(status(there)))  # type: ignore[misc]
        command(Desk(there, effects))
    return seen


@pytest.mark.parametrize(
    "releases",
    [(ONE, TWO), (replace(ONE, handover=WORKER), replace(TWO, handover=WORKER)),
     (replace(ONE, routes=()), replace(TWO, routes=())), (ONE, replace(TWO, definition="two"))],
    ids=["apps", "handover", "without ways in", "another database"],
)  # fmt: skip
def test_a_deploy_that_is_under_way_is_no_drift_at_any_moment(
    releases: tuple[FakeRelease, FakeRelease],
) -> None:
    world = promoted(deployed(World(), releases[0]), releases[1])
    seen = during(world, lambda desk: desk.deploy(LIVE))
    assert all(one.is_well for one in seen), [one for one in seen if not one.is_well]
    working = [one for one in seen if one.holder]
    assert len(working) > 5
    assert {one.health for one in working} == {"deploy under way"}
    opened, holder = working[0].state.opened, working[0].holder
    assert opened
    assert holder
    assert (
        under_way(opened, holder) == f"deploy of 1.2 under way, by ada at here since {holder.since}"
    )


def test_a_first_deploy_and_a_rollback_are_under_way_as_well() -> None:
    first = during(promoted(World(), ONE), lambda desk: desk.deploy(LIVE))
    back = during(deployed(World(), ONE, TWO), lambda desk: desk.rollback(LIVE))
    assert {one.health for one in first if one.holder} == {"deploy under way"}
    assert {one.health for one in back if one.holder} == {"rollback under way"}
    assert all(one.is_well for one in (*first, *back))


def test_what_serves_is_looked_at_while_it_is_changed() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    there = world.copy()
    seen: list[StageStatus] = []

    def other() -> None:
        for box in there.boxes.values():
            if box.service == "web" and "00000001" in box.project:
                box.state = "exited"
        seen.append(status(there))

    Desk(there, replace(cut(world, "edge offer"), meanwhile=other)).deploy(LIVE)
    assert seen[0].drift == ("web: 0 of 1 containers are well",)
    assert not seen[0].is_well


def test_what_was_cut_short_is_nobodys_work() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    with pytest.raises(Killed):
        Desk(world, cut(world, "edge switch", Fault.KILLED_BEFORE)).deploy(LIVE)
    found = status(world)
    assert found.health == "deploy started, without an end"
    assert found.holder is None
    assert not found.is_well


def test_a_stage_is_empty_then_healthy() -> None:
    assert status(World()).health == "empty"
    assert status(deployed(World(), ONE)).health == "healthy"


def test_without_a_registry_what_the_target_knows_is_shown_and_called_that() -> None:
    world = deployed(World(), ONE)
    world.registry_up = False
    here = Desk(world).open(LIVE)

    def following() -> None:
        here.registry.tags("shop")

    found = StatusLook(LIVE, here.look, here.lock, "localhost", following).status()
    assert found.state.running
    assert found.is_well
    assert found.remark.endswith(": shown is what the target knows, without what comes next")


def test_what_comes_next_is_no_reason_to_show_nothing() -> None:
    here = Desk(deployed(World(), ONE)).open(LIVE)

    def following() -> None:
        raise Refused("the ledger of the stage before is not sound")

    found = StatusLook(LIVE, here.look, here.lock, "localhost", following).status()
    assert (found.health, found.remark) == ("healthy", "")

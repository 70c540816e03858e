"""What commands on a stage do where its ledger is not what the target knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from envctl.domain.plan_deploy import Way
from envctl.domain.stage_record import Kind
from envctl.errors import UnsoundLedger
from envctl.workflows.ledger_repair import LedgerMender
from envctl.workflows.status import StatusLook
from tests.target.desk import Desk
from tests.target.releases import FakeRelease
from tests.target.scenarios import LIVE, ONE, TWO, deployed, promoted
from tests.target.world import World

THREE = FakeRelease(3)


def _wiped() -> World:
    """Return a stage that serves, and a registry that knows nothing of it any more."""
    world = deployed(World(), ONE, TWO)
    world.tags.clear()
    world.blobs.clear()
    return world


def _with_gap() -> World:
    world = deployed(World(), ONE, TWO)
    for tag in [t for t in world.tags if t.startswith("p.production.00000002")]:
        del world.tags[tag]
    return world


@pytest.mark.parametrize("begin", [_wiped, _with_gap])
def test_nothing_is_promoted_or_deployed_and_nothing_removed(begin: Callable[[], World]) -> None:
    world = begin()
    world.put(THREE)
    before = world.copy()
    with pytest.raises(UnsoundLedger):
        Desk(world).promote(LIVE, THREE)
    with pytest.raises(UnsoundLedger):
        Desk(world).deploy(LIVE)
    assert (world.boxes, world.edge, world.stores) == (before.boxes, before.edge, before.stores)


@pytest.mark.parametrize("begin", [_wiped, _with_gap])
def test_a_rollback_works_all_the_same_and_says_what_counts(begin: Callable[[], World]) -> None:
    world = begin()
    desk = Desk(world)
    desk.rollback(LIVE)
    (said,) = [line for line in desk.reporter.lines if line.startswith("note")]
    assert said.startswith("note the ledger of production is not sound: its record")
    assert said.endswith(": what the target keeps counts")
    state = Desk(world).open(LIVE, Way.ROLLBACK).look.state()
    assert state.running
    assert state.running.release == ONE.digest


@pytest.mark.parametrize("begin", [_wiped, _with_gap])
def test_after_a_repair_all_goes_on_and_the_rollback_is_in_the_history(
    begin: Callable[[], World],
) -> None:
    world = begin()
    Desk(world).rollback(LIVE)
    mender = LedgerMender(Desk(world).open(LIVE).ledger)
    mender.mend(mender.plan("production"), "the registry was lost")
    promoted(world, THREE)
    Desk(world).deploy(LIVE)
    history = Desk(world).open(LIVE).ledger.history("production")
    kinds = [record.event.kind for record in history]
    assert kinds[:5] == [
        Kind.DEPLOYED,
        Kind.DEPLOY_STARTED,
        Kind.PROMOTED,
        Kind.ROLLED_BACK,
        Kind.ROLLBACK_STARTED,
    ]


def test_status_shows_what_the_target_keeps_and_that_the_ledger_is_not_sound() -> None:
    world = _wiped()
    doubts: list[UnsoundLedger] = []
    here = replace(Desk(world).open(LIVE), doubted=doubts.append)
    status = StatusLook(LIVE, here.look, here.lock, "here", lambda: None, doubts).status()
    assert status.state.running
    assert (status.health, status.is_well) == ("ledger not sound", False)
    assert "its record 6, which the target knows" in status.doubt
    assert status.hint.startswith("envctl ledger repair production")

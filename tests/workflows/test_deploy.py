"""`deploy` and `rollback` over a target in memory: what is there afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.plan_deploy import KEPT
from envctl.domain.stage_record import Kind
from envctl.errors import Interrupted, Refused, Unhealthy, Unreachable
from tests.target.desk import TIMEOUT, Desk
from tests.target.effects import Effects, Fault, Killed
from tests.target.releases import FakeRelease, Nature
from tests.target.scenarios import LIVE, TEST, WORKER, deployed, promoted, with_neighbour
from tests.target.truth import is_available, served, truth
from tests.target.watch import Watch
from tests.target.world import World

ONE, TWO, THREE = (FakeRelease(n) for n in (1, 2, 3))


def active(world: World) -> str:
    here = served(world, LIVE)
    return here.active if here else ""


def states(world: World, number: int) -> dict[str, str]:
    """Return the states of the app services of a release."""
    world.live()
    boxes = [b for b in world.boxes.values() if f"production-{number:08x}" in b.project]
    return {box.service: box.state for box in boxes if not box.is_job}


def cut(world: World, effect: str, fault: Fault = Fault.KILLED_AFTER) -> Effects:
    """Return effects that end at the first whose name begins so; the world is left as it is."""
    trial = Desk(world.copy())
    trial.deploy(LIVE)
    at = next(i for i, name in enumerate(trial.effects.names) if name.startswith(effect))
    return Effects(fault, at)


def test_the_next_release_serves_and_the_former_one_is_kept() -> None:
    world = deployed(with_neighbour(), ONE)
    watch = Watch(world, LIVE)
    desk = Desk(promoted(world, TWO), Effects(seen=watch))
    desk.deploy(LIVE)
    assert watch.over() == []
    assert len(watch.active) == 2
    assert is_available(world, LIVE)
    assert states(world, 1) == {"web": "exited", "worker": "exited"}
    assert states(world, 2) == {"web": "running", "worker": "running"}


@pytest.mark.parametrize(
    ("effect", "hint"),
    [
        ("edge offer", "1.1 serves as before; nothing of the new one is left"),
        ("stop", "1.2 serves; run the same command to tidy up"),
    ],
)
def test_who_interrupts_is_told_what_serves(effect: str, hint: str) -> None:
    world = promoted(deployed(World(), ONE), TWO)
    with pytest.raises(Interrupted) as caught:
        Desk(world, cut(world, effect, Fault.INTERRUPTED)).deploy(LIVE)
    assert caught.value.hint == hint
    assert caught.value.exit_code == 130


def test_who_interrupts_the_undoing_too_is_told_that_the_next_command_does_it() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    done: list[str] = []

    def interrupt(effect: str) -> None:
        done.append(effect)
        if "edge offer" in done:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        Desk(world, Effects(seen=interrupt)).deploy(LIVE)
    assert caught.value.hint == (
        "the next command finishes or undoes it; envctl status production shows what serves"
    )


def test_a_rollback_is_the_state_before_without_the_registry() -> None:
    world = deployed(with_neighbour(), ONE)
    before = truth(world, LIVE)
    deployed(world, replace(TWO, definition="two"))
    world.registry_up = False
    Desk(world).rollback(LIVE)
    now = truth(world, LIVE)
    # the database is on the networks of what is kept too
    kept = [c[:-1] for c in now["containers"] if "00000002" not in c[0]]
    assert kept == [c[:-1] for c in before["containers"]]
    assert now["running"] == before["running"]
    assert active(world) == before["edge"][0].active
    assert now["volumes"] == before["volumes"]
    world.registry_up = True
    assert Desk(world).state(LIVE).running == before["running"]


@pytest.mark.parametrize("nature", [n for n in Nature if n not in (Nature.GOOD, Nature.UNCHECKED)])
def test_a_bad_release_leaves_all_as_it_was(nature: Nature) -> None:
    world = promoted(deployed(with_neighbour(), ONE), FakeRelease(2, nature))
    before = truth(world, LIVE)
    with pytest.raises(Unhealthy) as caught:
        Desk(world).deploy(LIVE)
    assert caught.value.hint == "1.1 serves as before; nothing of the new one is left"
    now = truth(world, LIVE)
    assert now | {"images": {}} == before | {"images": {}}
    assert is_available(world, LIVE)


@pytest.mark.parametrize("handover", [frozenset(), WORKER], ids=["", "handover"])
def test_a_former_release_that_has_gone_silent_is_served_again_all_the_same(
    handover: frozenset[str],
) -> None:
    world = deployed(with_neighbour(), FakeRelease(1, Nature.UNCHECKED, handover=handover))
    for box in world.boxes.values():
        if box.nature is Nature.UNCHECKED:
            box.nature = Nature.MUTE
    promoted(world, FakeRelease(2, Nature.DEAF, handover=handover))
    before = truth(world, LIVE)
    with pytest.raises(Unhealthy) as caught:
        Desk(world).deploy(LIVE)
    assert caught.value.hint == "1.1 serves as before; nothing of the new one is left"
    assert truth(world, LIVE) | {"images": {}} == before | {"images": {}}


def test_an_edge_that_is_gone_does_not_keep_what_was_handed_over_from_coming_back() -> None:
    one, two = (FakeRelease(n, Nature.UNCHECKED, handover=frozenset({"web"})) for n in (1, 2))
    world = promoted(deployed(World(), one), two)
    with pytest.raises(Killed):
        Desk(world, cut(world, "stop shop-production-00000001")).deploy(LIVE)
    world.edge_runs = False
    desk = Desk(world)
    desk.deploy(LIVE)
    assert "note the deploy of 1.2 was cut short: it is undone" in desk.reporter.lines
    assert truth(world, LIVE)["running"].version == "1.2"
    assert is_available(world, LIVE)


def test_a_deploy_that_was_killed_after_the_switch_is_finished() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    with pytest.raises(Killed):
        Desk(world, cut(world, "edge switch")).deploy(LIVE)
    opened = Desk(world).state(LIVE).opened
    assert opened
    assert opened.kind is Kind.DEPLOY_STARTED
    desk = Desk(world)
    desk.deploy(LIVE)
    assert "note the deploy of 1.2 was cut short: it is finished" in desk.reporter.lines


def test_a_deploy_that_was_killed_before_the_switch_is_undone_and_made_anew() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    with pytest.raises(Killed):
        Desk(world, cut(world, "edge offer")).deploy(LIVE)
    desk = Desk(world)
    desk.deploy(LIVE)
    assert "note the deploy of 1.2 was cut short: it is undone" in desk.reporter.lines
    assert is_available(world, LIVE)
    assert truth(world, LIVE)["running"].version == "1.2"


def test_what_somebody_stopped_or_removed_is_brought_back_in_place() -> None:
    world = deployed(with_neighbour(), ONE)
    before = truth(world, LIVE)
    for box in list(world.boxes.values()):
        if "production-0" in box.project and box.service == "web":
            del world.boxes[box.id]
        elif box.project == "shop-production":
            box.state = "exited"
    Desk(world).deploy(LIVE)
    assert truth(world, LIVE) == before


def test_other_settings_are_another_deployment_of_the_release() -> None:
    world = deployed(World(), ONE)
    former = active(world)
    world.settings["production"] = "colour=blue"
    Desk(world).deploy(LIVE)
    assert active(world) != former
    Desk(world).rollback(LIVE)
    assert active(world) == former


def test_only_some_former_deployments_are_kept() -> None:
    world = deployed(World(), *map(FakeRelease, range(1, KEPT + 4)))
    kept = {b.project for b in world.boxes.values() if b.project != "shop-production"}
    assert len(kept) == KEPT + 1
    assert kept == Desk(world).open(LIVE).drawings.names()


def test_a_rollback_that_was_cut_short_goes_on_to_where_it_was_going() -> None:
    """Another one would go to the last good one, which is the bad release."""
    world = deployed(World(), ONE, TWO)
    trial = Desk(world.copy())
    trial.rollback(LIVE)
    at = trial.effects.names.index("edge switch")
    with pytest.raises(Killed):
        Desk(world, Effects(Fault.KILLED_AFTER, at)).rollback(LIVE)
    Desk(world).rollback(LIVE)
    assert truth(world, LIVE)["running"].version == "1.1"
    assert is_available(world, LIVE)


def test_a_rollback_of_a_deploy_that_was_cut_short_takes_that_back_and_goes_no_further() -> None:
    world = promoted(deployed(World(), ONE, TWO), FakeRelease(3))
    with pytest.raises(Killed):
        Desk(world, cut(world, "edge offer")).deploy(LIVE)
    Desk(world).rollback(LIVE)
    state = Desk(world).state(LIVE)
    assert state.running
    assert (state.running.version, state.opened) == ("1.2", None)
    Desk(world).rollback(LIVE)
    assert truth(world, LIVE)["running"].version == "1.1"


def test_a_second_operator_is_refused_and_changes_nothing() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    refused: list[str] = []

    def other() -> None:
        before = world.copy()
        with pytest.raises(Refused) as caught:
            Desk(world, who="bob").deploy(LIVE)
        refused.append(caught.value.message)
        assert world == before

    Desk(world, replace(cut(world, "edge offer"), meanwhile=other)).deploy(LIVE)
    assert len(refused) == 1
    assert "ada" in refused[0]
    assert truth(world, LIVE)["running"].version == "1.2"


def test_who_loses_the_lock_changes_nothing_any_more() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    lost = cut(world, "start shop-production-00000002-e3b0c4-web")
    lost.meanwhile = world.locks.clear
    desk = Desk(world, lost)
    with pytest.raises(Refused, match="the lock is lost"):
        desk.deploy(LIVE)
    # one call of Compose starts both
    new = "shop-production-00000002-e3b0c4"
    assert desk.effects.names[lost.at or 0 :] == [f"start {new}-web-1", f"start {new}-worker-1"]


def test_who_loses_the_lock_waits_for_nothing_any_more() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    new = "shop-production-00000002-e3b0c4"

    def passed() -> None:
        world.locks.clear()
        for box in [b for b in world.boxes.values() if b.project == new]:
            del world.boxes[box.id]

    lost = cut(world, f"start {new}-worker")
    lost.meanwhile = passed
    began = world.now
    with pytest.raises(Refused, match="the lock is lost"):
        Desk(world, lost).deploy(LIVE)
    assert world.now - began < TIMEOUT


def test_a_release_runs_only_where_the_rule_lets_it() -> None:
    last = replace(LIVE, after="test", soak=60.0)
    world = deployed(World(), ONE, stage=TEST)
    desk = Desk(world)
    world.put(TWO)
    with pytest.raises(Refused, match="never run"):
        desk.promote(last, TWO)
    desk.promote(last, ONE)
    desk.reject(last, ONE)
    with pytest.raises(Refused, match="rejected"):
        desk.deploy(last)
    assert truth(world, last)["containers"] == []


def test_a_record_that_only_the_target_has_joins_when_there_is_nothing_else_to_do() -> None:
    world = promoted(deployed(World(), ONE), TWO)

    def away() -> None:
        world.registry_up = False

    Desk(world, replace(cut(world, "edge switch"), meanwhile=away)).deploy(LIVE)
    world.registry_up = True
    ledger = Desk(world).open(LIVE).ledger
    assert ledger.history(LIVE.name)[0].event.kind is Kind.DEPLOY_STARTED
    desk = Desk(world)
    desk.deploy(LIVE)
    assert desk.reporter.lines == [
        "note records that only the target has, and that join the ledger: 1"
    ]
    last = ledger.history(LIVE.name)[0]
    assert (last.event.kind, bool(last.late)) == (Kind.DEPLOYED, True)
    assert ledger.waiting(LIVE.name) == 0


def test_without_the_registry_there_is_no_deploy_and_nothing_changes() -> None:
    world = promoted(deployed(World(), ONE), TWO)
    before = truth(world, LIVE)
    world.registry_up = False
    with pytest.raises(Unreachable):
        Desk(world).deploy(LIVE)
    world.registry_up = True
    assert truth(world, LIVE) == before

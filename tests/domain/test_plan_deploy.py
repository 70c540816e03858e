"""What a deploy and a rollback do, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.domain.plan_deploy import KEPT, Way, plan_change, plan_tail
from envctl.domain.stage_observed import StageObserved
from envctl.domain.stage_record import StageState
from tests.stages import containers, database, deployment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.plan import Step

OLD, NEW = deployment("1"), deployment("2")
VOLUMES = frozenset({"shop-production_data"})
SERVING = StageObserved(
    state=StageState(running=OLD.deployed),
    containers=(*containers(OLD), database(OLD)),
    served=OLD.name,
    offered=frozenset({OLD.name}),
    stored=frozenset({OLD.name}),
    volumes=VOLUMES,
    images={"shop/web:1": "sha256:" + "i1".rjust(64, "0")},
)


def text(steps: Iterable[Step]) -> str:
    return "\n".join(map(str, steps))


def test_the_first_deploy_makes_everything() -> None:
    steps = plan_change(Way.DEPLOY, NEW, None, StageObserved())
    assert (
        text(steps)
        == f"""\
pull web: not on the target
record deploy started: 2 ({NEW.name}) in the stage's ledger
keep {NEW.name}: the settings that it runs with, for rollbacks
create volume shop-production_data: there is none
create db: there is no container
create {NEW.name}: nothing runs there yet
connect db: so that {NEW.name} finds it
run migrate: from the new images, before anything serves
start web: new, not served yet
start worker: new, not served yet
prove {NEW.name}: every service has to be healthy, and to stay so
offer {NEW.name}: port 80
switch {NEW.name}: nothing was served, all ways in at one moment
confirm {NEW.name}: through the edge
keep {NEW.name}: how its containers are, so that changes by hand are seen
record deployed: 2 ({NEW.name}) in the stage's ledger"""
    )


def test_a_release_comes_up_beside_the_one_that_serves() -> None:
    steps = plan_change(Way.DEPLOY, NEW, OLD, SERVING)
    assert (
        text(steps)
        == f"""\
pull web: not on the target
record deploy started: 2 ({NEW.name}) in the stage's ledger
keep {NEW.name}: the settings that it runs with, for rollbacks
create {NEW.name}: beside {OLD.name}
connect db: so that {NEW.name} finds it
run migrate: from the new images, while 1 serves
start web: new, not served yet
start worker: new, not served yet
prove {NEW.name}: every service has to be healthy, and to stay so
offer {NEW.name}: port 80
switch {NEW.name}: in place of {OLD.name}, all ways in at one moment
confirm {NEW.name}: through the edge
drain {OLD.name}: what it has begun may end
stop {OLD.name}: kept for a rollback
keep {NEW.name}: how its containers are, so that changes by hand are seen
record deployed: 2 ({NEW.name}) in the stage's ledger"""
    )


def test_nothing_is_done_where_all_is_as_it_should_be() -> None:
    assert plan_change(Way.DEPLOY, OLD, OLD, SERVING) == ()


def test_a_rollback_starts_what_was_kept() -> None:
    seen = StageObserved(
        state=StageState(running=NEW.deployed, good=(OLD.deployed,)),
        containers=(*containers(NEW), *containers(OLD, "exited"), database(OLD, NEW)),
        served=NEW.name,
        offered=frozenset({OLD.name, NEW.name}),
        stored=frozenset({OLD.name, NEW.name}),
        volumes=VOLUMES,
        images=SERVING.images,
    )
    steps = plan_change(Way.ROLLBACK, OLD, NEW, seen)
    assert (
        text(steps)
        == f"""\
record rollback started: 1 ({OLD.name}) in the stage's ledger
start web: kept since it ran
start worker: kept since it ran
prove {OLD.name}: every service has to be healthy again
offer {OLD.name}: port 80
switch {OLD.name}: in place of {NEW.name}, all ways in at one moment
confirm {OLD.name}: through the edge
drain {NEW.name}: what it has begun may end
stop {NEW.name}: kept for a rollback
keep {OLD.name}: how its containers are, so that changes by hand are seen
record rolled back: 1 ({OLD.name}) in the stage's ledger"""
    )


def test_an_image_that_is_there_is_not_pulled() -> None:
    known = frozenset({"sha256:" + "i2".rjust(64, "0")})
    seen = StageObserved(known=known)
    assert str(plan_change(Way.DEPLOY, NEW, None, seen)[0]) == "tag web: it is on the target"


def test_a_database_that_is_replaced_stays_on_the_networks_of_the_release_that_serves() -> None:
    changed = deployment("2", definition="two")
    steps = plan_change(Way.DEPLOY, changed, OLD, SERVING)
    wanted = [
        "replace db: its definition changed: it is away meanwhile",
        f"connect db: {OLD.name} serves, and needs it",
        f"create {NEW.name}: beside {OLD.name}",
        f"connect db: so that {NEW.name} finds it",
    ]
    assert [str(s) for s in steps if str(s) in wanted] == wanted
    networks = [s.target for s in steps if s.action == "connect"]
    assert networks == [f"{OLD.name}_default", f"{NEW.name}_default"]


def test_what_cannot_run_twice_is_handed_over_just_before_the_switch() -> None:
    new = deployment("2", handover=frozenset({"worker"}))
    actions = [f"{s.action} {s.subject}" for s in plan_change(Way.DEPLOY, new, OLD, SERVING)]
    assert "start worker" not in actions
    at = actions.index("hand over worker")
    assert actions[at - 1 : at + 3] == [
        f"offer {new.name}",
        "hand over worker",
        f"prove {new.name}",
        f"switch {new.name}",
    ]


def test_without_ways_in_there_is_no_edge() -> None:
    old, new = deployment("1", routes=()), deployment("2", routes=())
    seen = StageObserved(state=StageState(running=old.deployed), containers=containers(old))
    actions = {s.action for s in plan_change(Way.DEPLOY, new, old, seen)}
    assert not actions & {"offer", "switch", "confirm", "drain"}
    assert "stop" in actions


def test_ways_in_that_are_no_more_are_taken_away_at_the_switch() -> None:
    new = deployment("2", routes=())
    steps = [str(s) for s in plan_change(Way.DEPLOY, new, OLD, SERVING)]
    assert f"offer {new.name}: no way in any more" in steps


def test_what_has_stopped_is_started_in_place() -> None:
    seen = StageObserved(
        **{**vars(SERVING), "containers": (*containers(OLD, but={"web": "exited"}), database(OLD))}
    )
    assert (
        text(plan_change(Way.DEPLOY, OLD, OLD, seen))
        == f"""\
record deploy started: 1 ({OLD.name}) in the stage's ledger
start web: it is in service, and does not run
prove {OLD.name}: every service has to be healthy again
keep {OLD.name}: how its containers are, so that changes by hand are seen
record deployed: 1 ({OLD.name}) in the stage's ledger"""
    )


def test_what_is_starting_is_waited_for() -> None:
    ill = [replace(c, health="starting") if c.service == "web" else c for c in containers(OLD)]
    seen = StageObserved(**{**vars(SERVING), "containers": (*ill, database(OLD))})
    assert (
        text(plan_change(Way.DEPLOY, OLD, OLD, seen))
        == f"""\
record deploy started: 1 ({OLD.name}) in the stage's ledger
prove {OLD.name}: every service has to be healthy again
keep {OLD.name}: how its containers are, so that changes by hand are seen
record deployed: 1 ({OLD.name}) in the stage's ledger"""
    )


def test_only_some_former_deployments_are_kept() -> None:
    former = [deployment(str(n)) for n in range(3, 3 + KEPT + 1)]
    seen = StageObserved(
        **{
            **vars(SERVING),
            "state": StageState(
                running=OLD.deployed, good=tuple(d.deployed for d in reversed(former))
            ),
            "containers": (
                *containers(OLD),
                *(c for d in former for c in containers(d, "exited")),
                database(OLD),
            ),
        }
    )
    steps = plan_change(Way.DEPLOY, NEW, OLD, seen)
    removed = [s for s in steps if s.action == "remove"]
    assert [s.subject for s in removed] == [former[0].name, former[1].name]
    assert {s.cause for s in removed} == {f"{KEPT} later ones are kept"}


def test_what_is_left_after_the_switch_is_confirmed_and_tidied() -> None:
    assert [s.action for s in plan_tail(Way.DEPLOY, NEW, OLD, SERVING)] == [
        "confirm", "drain", "stop", "keep", "record"
    ]  # fmt: skip


def test_kept_containers_whose_network_is_gone_are_made_anew() -> None:
    cut = replace(
        OLD,
        apps=replace(
            OLD.apps,
            services=tuple(replace(s, networks=("gone",)) for s in OLD.apps.services),
        ),
    )
    seen = StageObserved(
        state=StageState(running=NEW.deployed, good=(OLD.deployed,)),
        containers=(*containers(NEW), *containers(OLD, "exited"), database(OLD, NEW)),
        served=NEW.name,
        stored=frozenset({OLD.name, NEW.name}),
        volumes=VOLUMES,
        images=SERVING.images,
    )
    created = [s for s in plan_change(Way.ROLLBACK, cut, NEW, seen) if s.action == "create"]
    assert [(s.cause, s.forced) for s in created] == [("its networks are gone", True)]


def test_a_removal_that_was_cut_short_is_completed_when_no_container_is_left() -> None:
    """Its networks, images and settings may be there still; its document shows it."""
    seen = replace(SERVING, stored=frozenset({OLD.name, "shop-production-gone"}))
    steps = plan_change(Way.DEPLOY, OLD, OLD, seen)
    assert [str(s) for s in steps if s.action == "remove"] == [
        "remove shop-production-gone: it was never in service"
    ]


def test_what_the_edge_serves_is_not_removed_although_no_record_knows_it() -> None:
    seen = replace(SERVING, state=StageState())
    steps = plan_change(Way.DEPLOY, NEW, None, seen)
    assert [str(s) for s in steps if s.subject == OLD.name] == [
        f"stop {OLD.name}: it was served, and the ledger does not know it"
    ]
    actions = [str(s.action) for s in steps]
    assert actions.index("switch") < actions.index("stop")


def test_what_is_kept_for_a_rollback_stays_when_its_containers_are_gone() -> None:
    seen = replace(
        SERVING,
        state=StageState(running=OLD.deployed, good=(NEW.deployed,)),
        stored=frozenset({OLD.name, NEW.name}),
    )
    assert plan_change(Way.DEPLOY, OLD, OLD, seen) == ()


def test_an_edge_that_does_not_run_is_started() -> None:
    steps = plan_change(Way.DEPLOY, OLD, OLD, replace(SERVING, edge_down=True))
    assert [str(s) for s in steps if s.action in ("offer", "switch", "confirm")] == [
        f"offer {OLD.name}: the edge does not run",
        f"confirm {OLD.name}: through the edge",
    ]
    tail = plan_tail(Way.DEPLOY, NEW, OLD, replace(SERVING, edge_down=True))
    assert [s.action for s in tail][:2] == ["offer", "confirm"]

"""What becomes of a deploy that was cut short."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.plan_recover import is_in_service, plan_undo
from envctl.domain.stage_observed import StageObserved
from envctl.domain.stage_record import StageState
from tests.stages import containers, database, deployment

OLD, NEW = deployment("1"), deployment("2")
STARTED = StageObserved(
    state=StageState(running=OLD.deployed),
    containers=(*containers(OLD), *containers(NEW), database(OLD, NEW)),
    served=OLD.name,
    offered=frozenset({OLD.name, NEW.name}),
    stored=frozenset({OLD.name, NEW.name}),
    volumes=frozenset({"shop-production_data"}),
)


def lines(*said: object) -> list[str]:
    return [str(step) for step in plan_undo(*said)]  # type: ignore[arg-type]


def test_before_the_switch_the_new_one_is_removed() -> None:
    assert lines(NEW, NEW.name, OLD, STARTED, "why") == [
        f"remove {NEW.name}: it never came into service",
        "record failed: why",
    ]


def test_after_the_switch_the_former_one_is_served_first() -> None:
    seen = replace(STARTED, served=NEW.name)
    assert lines(NEW, NEW.name, OLD, seen, "why") == [
        f"offer {OLD.name}: it is to be served again",
        f"switch {OLD.name}: back from {NEW.name}",
        f"confirm {OLD.name}: through the edge",
        f"remove {NEW.name}: it never came into service",
        "record failed: why",
    ]


def test_a_former_one_that_was_stopped_is_started_before_it_is_served() -> None:
    there = (*containers(OLD, "exited"), *containers(NEW), database(OLD, NEW))
    seen = replace(STARTED, served=NEW.name, containers=there)
    assert lines(NEW, NEW.name, OLD, seen, "why")[:3] == [
        "start web: it is to serve again",
        "start worker: it is to serve again",
        f"offer {OLD.name}: it is to be served again",
    ]


def test_one_that_was_good_before_is_stopped_and_kept() -> None:
    seen = replace(STARTED, state=replace(STARTED.state, good=(NEW.deployed,)))
    assert lines(NEW, NEW.name, OLD, seen, "why")[0] == (
        f"stop {NEW.name}: it stays for a rollback"
    )


def test_a_database_that_was_changed_is_changed_back() -> None:
    new = deployment("2", definition="two")
    there = (*containers(OLD), *containers(new), database(new, definition="two"))
    seen = replace(STARTED, containers=there)
    assert lines(new, new.name, OLD, seen, "why")[:2] == [
        "replace db: its definition changed: it is away meanwhile",
        f"connect db: {OLD.name} serves, and needs it",
    ]


def test_what_cannot_run_twice_is_handed_back() -> None:
    old, new = (deployment(v, handover=frozenset({"worker"})) for v in ("1", "2"))
    there = (*containers(old, but={"worker": "exited"}), *containers(new), database(old, new))
    seen = replace(STARTED, containers=there)
    assert lines(new, new.name, old, seen, "why")[0] == (
        "hand over worker: back to the former release"
    )


def test_a_repair_that_failed_removes_nothing() -> None:
    assert lines(OLD, OLD.name, OLD, STARTED, "why") == ["record failed: why"]


def test_the_first_deploy_leaves_nothing_behind() -> None:
    there = (*containers(NEW), database(NEW))
    seen = replace(STARTED, state=StageState(), served="", containers=there)
    assert lines(NEW, NEW.name, None, seen, "why") == [
        f"remove {NEW.name}: it never came into service",
        "remove db: nothing of the stage is in service; its volumes stay",
        "record failed: why",
    ]


@pytest.mark.parametrize(
    ("served", "state", "finished"),
    [(NEW, "running", True), (NEW, "exited", False), (OLD, "running", False)],
)
def test_what_serves_and_is_well_is_finished(served: object, state: str, finished: bool) -> None:
    there = (*containers(OLD), *containers(NEW, state), database(OLD, NEW))
    name = NEW.name if served is NEW else OLD.name
    assert is_in_service(NEW, OLD, replace(STARTED, served=name, containers=there)) is finished


def test_without_an_edge_running_is_being_in_service() -> None:
    old, new = (deployment(v, routes=(), handover=frozenset({"worker"})) for v in ("1", "2"))
    both = replace(STARTED, served="", containers=(*containers(old), *containers(new)))
    assert not is_in_service(new, old, both)
    over = (*containers(old, but={"worker": "exited"}), *containers(new))
    assert is_in_service(new, old, replace(both, containers=over))

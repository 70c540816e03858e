"""Which playgrounds go, and why the others stay."""

from __future__ import annotations

import pytest

from envctl.domain.observed import Container
from envctl.domain.plan_prune import Candidate, Pruning, plan_prune
from envctl.domain.playground import Playground
from envctl.domain.survey import Found

DAY = 86400.0
RUNNING = Container("1", "shop-web-1", "web", "running")
STOPPED = Container("2", "shop-db-1", "db", "exited")
OWN = Playground("shop", "unix:///sock", "/src/shop", "shop")


def found(*containers: Container, folders: tuple[str, ...] = ("/src/shop",)) -> Found:
    return Found("shop", containers, folders, ("shop_data",), ("shop_default",))


def pruning(
    candidate: Candidate, *missing: str, older_than: float | None = None, **notes: str
) -> Pruning:
    return plan_prune([candidate], notes, missing, older_than)


def test_a_playground_without_its_folder_goes_even_when_it_runs() -> None:
    done = pruning(Candidate(found(RUNNING, STOPPED), OWN), "/src/shop")
    assert str(done.plan) == (
        "remove shop: its folder /src/shop is gone; "
        "2 containers (1 running), 1 network, 1 volume of data"
    )
    assert done.left == {}
    assert done.removed == (OWN,)


def test_what_is_not_there_is_not_counted() -> None:
    done = pruning(Candidate(Found("shop", volumes=("a", "b")), OWN), "/src/shop")
    assert str(done.plan) == "remove shop: its folder /src/shop is gone; 2 volumes of data"


@pytest.mark.parametrize("older_than", [None, 0.0])
def test_what_envctl_did_not_make_here_stays_whatever_holds(older_than: float | None) -> None:
    done = pruning(Candidate(found(STOPPED), None, 99 * DAY), "/src/shop", older_than=older_than)
    assert not done.plan
    assert done.left == {"shop": "not made by envctl on this machine"}


@pytest.mark.parametrize(
    ("candidate", "older_than", "outcome"),
    [
        (Candidate(found(STOPPED), OWN, 99 * DAY), None, "its folder is there"),
        (Candidate(found(RUNNING), OWN, 99 * DAY), 7 * DAY, "it runs"),
        (Candidate(found(STOPPED), OWN, 7 * DAY - 1), 7 * DAY, "used less than 7 d ago"),
        (Candidate(found(STOPPED), OWN, 7 * DAY), 7 * DAY, "remove: not used for 7 d"),
        (Candidate(Found("shop", volumes=("a",)), OWN, 8 * DAY), 7 * DAY,
         "remove: not used for 8 d"),
        (Candidate(found(STOPPED, folders=("/src/shop/compose",)), OWN, 8 * DAY), 7 * DAY,
         "remove: not used for 8 d"),
        (Candidate(found(STOPPED, folders=("/other",)), OWN, 99 * DAY), 7 * DAY,
         "started from /other too"),
    ],
    ids=["no age", "running", "young", "old", "data only", "folder below", "another folder"],
)  # fmt: skip
def test_one_whose_folder_is_there(
    candidate: Candidate, older_than: float | None, outcome: str
) -> None:
    done = pruning(candidate, older_than=older_than)
    removed = [f"remove: {step.cause.partition(';')[0]}" for step in done.plan.steps]
    assert [*removed, *done.left.values()] == [outcome]


@pytest.mark.parametrize("state", ["running", "restarting", "paused"])
def test_what_is_awake_is_not_too_old(state: str) -> None:
    awake = Container("1", "w", "web", state)
    assert not pruning(Candidate(found(awake), OWN, 99 * DAY), older_than=DAY).plan


def test_data_of_a_checkout_that_moved_stays_where_its_containers_tell_the_new_folder() -> None:
    done = pruning(Candidate(found(STOPPED, folders=("/moved",)), OWN), "/src/shop")
    assert not done.plan


def test_what_the_engine_has_nothing_of_is_forgotten_once_its_folder_is_gone() -> None:
    notes = {"wiki": "/src/wiki", "blog": "/src/blog", "loose": ""}
    done = plan_prune([], notes, ["/src/wiki"])
    assert str(done.plan).splitlines() == [
        "forget loose: nothing of it is on the engine",
        "forget wiki: nothing of it is on the engine, its folder /src/wiki is gone",
    ]

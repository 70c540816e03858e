"""`lock`, on a finder and a store in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from envctl.domain.lock import Lock, Look, Pin
from envctl.domain.project import Project
from envctl.domain.service import Build, Service
from envctl.errors import Failed, ProblemsFound, Unreachable
from envctl.workflows.lock import Locker, require_no_drift
from tests.fakes import FakeLock

A, B = (Pin(digest=f"sha256:{letter * 64}") for letter in "ab")
API = Service("api", "shop-api:latest", build=Build("/src", "Dockerfile", "{}"))
JOB = Service("job", "shop-api:latest")
DB = Service("db", "postgres:15")
PINNED = Service("cache", f"redis:7@{A.digest}")
PROJECT = Project("shop", (API, PINNED, DB, JOB))


@dataclass
class FakeFinder:
    """Registries in memory; what is not in `looks` was not found."""

    looks: dict[str, Look] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def find(self, names: Iterable[str]) -> Mapping[str, Look]:
        wanted = list(names)
        self.asked += wanted
        return {n: self.looks.get(n, Look(None, f"{n}: not found")) for n in wanted}


class FakeBases:
    """Every image is built upon Debian."""

    def bases(self, project: Project, services: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(services, ("debian:12",))


@dataclass
class World:
    store: FakeLock = field(default_factory=FakeLock)
    finder: FakeFinder = field(
        default_factory=lambda: FakeFinder({"debian:12": Look(A), "postgres:15": Look(B)})
    )
    notes: list[str] = field(default_factory=list)

    def locker(self) -> Locker:
        return Locker(self.store, FakeBases(), self.finder, self.notes.append)


def test_what_is_built_upon_and_what_is_run_is_locked() -> None:
    world = World()
    changes = world.locker().lock([PROJECT])
    assert world.store.lock == Lock({"debian:12": A, "postgres:15": B})
    assert [change.name for change in changes] == ["debian:12", "postgres:15"]


def test_a_second_lock_asks_nobody_and_changes_nothing() -> None:
    world = World(FakeLock(Lock({"debian:12": B, "postgres:15": B})))
    assert world.locker().lock([PROJECT]) == ()
    assert world.finder.asked == []


def test_an_update_asks_for_all() -> None:
    world = World(FakeLock(Lock({"debian:12": B, "postgres:15": B})))
    assert [str(c) for c in world.locker().lock([PROJECT], update=True)] == [
        f"update debian:12: {A}, before {B}"
    ]


def test_several_definitions_of_a_project_have_one_lock() -> None:
    world = World()
    stage = Project("shop", (DB,))
    world.locker().lock([Project("shop", (API,)), stage])
    assert world.store.read().pins.keys() == {"debian:12", "postgres:15"}


def test_a_project_without_images_gets_a_lock_too() -> None:
    world = World()
    assert world.locker().lock([Project("shop", ())]) == ()
    assert world.store.lock == Lock()


def test_what_is_nowhere_is_named_and_nothing_is_written() -> None:
    world = World(finder=FakeFinder({"debian:12": Look(A)}))
    with pytest.raises(Failed) as error:
        world.locker().lock([PROJECT])
    assert error.value.message == "cannot find postgres:15"
    assert error.value.details == ("postgres:15: not found",)
    assert world.store.lock is None


def test_a_registry_that_does_not_answer_is_another_matter() -> None:
    looks = {"debian:12": Look(A), "postgres:15": Look(None, "no route", unsure=True)}
    with pytest.raises(Unreachable):
        World(finder=FakeFinder(looks)).locker().lock([PROJECT])


def test_what_is_worth_knowing_of_an_image_is_said() -> None:
    world = World()
    world.finder.looks["debian:12"] = Look(Pin(id="sha256:1"), "debian:12 is here only")
    world.locker().lock([PROJECT])
    assert world.notes == ["debian:12 is here only"]


def test_a_check_tells_what_has_moved_and_writes_nothing() -> None:
    lock = Lock({"debian:12": B, "redis:7": A})
    world = World(FakeLock(lock))
    changes = world.locker().check([PROJECT])
    assert [str(change) for change in changes] == [
        f"update debian:12: {A}, before {B}",
        f"lock postgres:15: {B}",
        "drop redis:7: nothing uses it",
    ]
    assert world.store.lock == lock
    with pytest.raises(ProblemsFound) as error:
        require_no_drift(changes)
    assert error.value.exit_code == 1


def test_a_check_without_a_registry_cannot_tell() -> None:
    looks = {"debian:12": Look(A, "debian:12: no route", unsure=True), "postgres:15": Look(B)}
    world = World(FakeLock(Lock({"debian:12": A, "postgres:15": B})), FakeFinder(looks))
    with pytest.raises(Unreachable) as error:
        world.locker().check([PROJECT])
    assert error.value.details == ("debian:12: no route",)


def test_a_lock_that_is_up_to_date_is_no_problem() -> None:
    world = World(FakeLock(Lock({"debian:12": A, "postgres:15": B})))
    require_no_drift(world.locker().check([PROJECT]))

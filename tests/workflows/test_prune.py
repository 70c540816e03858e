"""`prune`: what it looks at, and how it goes about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from envctl.domain.observed import Container
from envctl.domain.playground import Playground
from envctl.domain.project import Project
from envctl.domain.service import Service
from envctl.domain.survey import Resident, Survey, Thing
from envctl.errors import CommandFailed
from envctl.workflows.prune import Hands, PruneRequest, Watch, prepare_prune, prune
from tests.fakes import FakeEngine, FakeFolders, FakeReporter, FakeSurveyor

NOW, DAY = 1_000_000.0, 86400.0
WEB = Service("web", "web:1")


@dataclass
class FakeRecords:
    """Remembers what it is given; `taken` are the playgrounds that others work on."""

    known: dict[str, Playground] = field(default_factory=dict)
    ids: dict[str, frozenset[str]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()

    def all(self) -> tuple[Playground, ...]:
        return tuple(self.known.values())

    def remembered(self) -> Mapping[str, frozenset[str]]:
        return self.ids

    @contextmanager
    def free_turn(self, name: str) -> Iterator[bool]:
        yield name not in self.taken

    def keep(self, playground: Playground) -> None:
        self.known.setdefault(playground.name, playground)

    def forget(self, name: str) -> None:
        self.known.pop(name, None)
        self.ids.pop(name, None)


@dataclass
class World:
    """A machine with an engine that has playground `shop`, whose folder is gone."""

    engine: FakeEngine = field(default_factory=lambda: FakeEngine(Project("shop", (WEB,))))
    surveyor: FakeSurveyor = field(default_factory=FakeSurveyor)
    records: FakeRecords = field(default_factory=FakeRecords)
    places: FakeFolders = field(default_factory=lambda: FakeFolders(frozenset({"/gone"})))
    reporter: FakeReporter = field(default_factory=FakeReporter)

    def __post_init__(self) -> None:
        self.engine.put(WEB, state="exited")
        self.records.known["shop"] = Playground("shop", "", "/gone", "shop", used=NOW)
        self.have("shop", "/gone")

    def have(self, name: str, folder: str, state: str = "exited", created: float = 1.0) -> None:
        """Put a playground of one container on the engine."""
        container = Container(f"id-{name}", f"{name}-web-1", "web", state)
        resident = Resident(name, container, folder, created)
        survey = self.surveyor.found
        self.surveyor.found = Survey((*survey.residents, resident), survey.volumes)

    @property
    def watch(self) -> Watch:
        return Watch(self.surveyor, self.records, self.places)

    def plan(self, **request: object) -> str:
        asked = PruneRequest(NOW, **request)  # type: ignore[arg-type]
        return str(prepare_prune(self.watch, asked).plan)

    def prune(self, **request: object) -> list[str]:
        asked = PruneRequest(NOW, **request)  # type: ignore[arg-type]
        pruning = prepare_prune(self.watch, asked)
        hands = Hands(self.engine, self.engine, self.records)
        return [str(step) for step in prune(pruning, self.watch, hands, asked, self.reporter)]


@pytest.fixture
def world() -> World:
    return World()


REMOVED = "remove shop: its folder /gone is gone; 1 container"


def test_looking_changes_nothing(world: World) -> None:
    assert world.plan() == REMOVED
    assert world.engine.calls == []
    assert "shop" in world.records.known


def test_what_is_due_goes_and_is_forgotten(world: World) -> None:
    assert world.prune() == [REMOVED]
    assert world.engine.containers("shop") == ()
    assert world.records.known == {}
    assert world.reporter.lines == [f"start {REMOVED}", "end remove shop"]


def test_what_another_command_works_on_is_left_alone(world: World) -> None:
    world.records.taken = frozenset({"shop"})
    assert world.prune() == []
    assert world.engine.containers("shop")
    assert world.reporter.lines == ["note shop: another envctl works on it, left alone"]


def test_what_came_back_since_the_plan_was_shown_is_left_alone(world: World) -> None:
    asked = PruneRequest(NOW)
    pruning = prepare_prune(world.watch, asked)
    world.places.gone = frozenset()
    hands = Hands(world.engine, world.engine, world.records)
    assert prune(pruning, world.watch, hands, asked, world.reporter) == ()
    assert world.engine.containers("shop")
    assert world.reporter.lines == ["note shop: in use again, left alone"]


def test_a_removal_that_fails_forgets_nothing_and_the_others_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.records.known["wiki"] = Playground("wiki", "", "/gone", "wiki")

    def refuse(*_: object, **__: object) -> None:
        raise CommandFailed("the engine refused: busy")

    monkeypatch.setattr(world.engine, "remove_containers", refuse)
    with pytest.raises(CommandFailed) as failed:
        world.prune()
    assert failed.value.message == "cannot remove 1 of 2 playgrounds"
    assert failed.value.details == ("shop: the engine refused: busy",)
    assert set(world.records.known) == {"shop"}


def test_a_name_limits_it_to_one(world: World) -> None:
    world.records.known["wiki"] = Playground("wiki", "", "/gone", "wiki")
    assert world.plan(name="shop") == REMOVED
    assert world.plan(name="wiki").startswith("forget wiki: ")


def test_age_counts_from_the_last_thing_that_happened(world: World) -> None:
    world.places.gone = frozenset()
    shop = world.records.known["shop"]
    for used, created, changed, expected in [
        (NOW - 9 * DAY, 1.0, 1.0, "not used for 9 d"),
        (NOW - 9 * DAY, 1.0, NOW - 8 * DAY, "not used for 8 d"),
        (NOW - 9 * DAY, 1.0, NOW - 6 * DAY, ""),
        (NOW - 9 * DAY, NOW - 6 * DAY, 1.0, ""),
        (NOW - 6 * DAY, 1.0, 1.0, ""),
    ]:
        world.records.known["shop"] = Playground("shop", "", shop.folder, "shop", used=used)
        world.surveyor.found, world.surveyor.changed = Survey(), changed
        world.have("shop", "/gone", created=created)
        plan = world.plan(older_than=7 * DAY)
        assert plan.partition(";")[0].removeprefix("remove shop: ") == expected


def test_containers_are_asked_one_by_one_only_where_the_rest_says_old(world: World) -> None:
    world.have("blog", "/src/blog")
    world.records.known["blog"] = Playground("blog", "", "/src/blog", "blog", used=NOW - 9 * DAY)
    world.plan(older_than=7 * DAY)
    assert [call for call in world.surveyor.calls if call != "survey"] == ["last change of id-blog"]


def test_the_registry_may_be_lost_where_containers_are_remembered(world: World) -> None:
    world.records.known.clear()
    assert world.plan() == ""
    world.records.ids["shop"] = frozenset({"id-shop", "id-other"})
    assert world.prune() == [REMOVED]
    assert world.records.ids == {}


def test_what_only_memory_knew_is_kept_until_all_of_it_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed half-way, there is a volume left and no container that tells whose it is."""
    world.records.known.clear()
    world.records.ids["shop"] = frozenset({"id-shop"})

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.engine, "remove_containers", cut)
    with pytest.raises(KeyboardInterrupt):
        world.prune()
    world.surveyor.found = Survey(volumes=(Thing("shop_data", "shop"),))
    assert world.plan() == "remove shop: its folder /gone is gone; 1 volume of data"


def test_remembered_containers_of_somebody_else_s_playground_do_not_make_it_ours(
    world: World,
) -> None:
    world.records.known.clear()
    world.records.ids["shop"] = frozenset({"id-of-old"})
    assert world.plan() == ""

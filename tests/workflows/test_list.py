"""What `list` looks at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from envctl.domain.observed import Container
from envctl.domain.playground import Playground
from envctl.domain.survey import Disk, Resident, Survey, Thing
from envctl.workflows.list import list_playgrounds
from tests.fakes import FakeFolders, FakeSurveyor

WEB = Container("1", "shop-web-1", "web", "running")
SURVEY = Survey((Resident("shop", WEB, "/link/compose", 5.0),), (Thing("blog_data", "blog"),))
SHOP = Playground("shop", "unix:///sock", "/link", "shop")
LINKS = {"/link": "/real", "/link/compose": "/real/compose"}


@dataclass(frozen=True)
class FakeRegistry:
    """Remembers what it is given."""

    known: tuple[Playground, ...] = ()

    def all(self) -> tuple[Playground, ...]:
        return self.known


def test_folders_are_compared_without_links() -> None:
    places = FakeFolders(frozenset({"/real", "/real/compose"}), LINKS)
    listing = list_playgrounds(FakeSurveyor(SURVEY), FakeRegistry((SHOP,)), places, patience=None)
    assert [(r.name, r.checkout, r.gone) for r in listing.rows] == [
        ("blog", "", False),
        ("shop", "/real", True),
    ]


def test_folders_of_another_machine_are_not_looked_for_here() -> None:
    strangers = replace(
        SURVEY,
        residents=(*SURVEY.residents, Resident("wiki", WEB, "/there"), Resident("shop", WEB, "/b")),
        local=False,
    )
    places = FakeFolders(frozenset({"/there", "/b", "/real", "/real/compose"}), LINKS)
    engine = FakeSurveyor(strangers)
    listing = list_playgrounds(engine, FakeRegistry((SHOP,)), places, patience=None)
    assert [(r.name, r.gone) for r in listing.rows] == [
        ("blog", False),
        ("shop", False),
        ("wiki", False),
    ]
    assert sorted(places.asked) == ["/real", "/real/compose"]


def test_the_disk_is_measured_from_the_beginning_and_only_as_long_as_allowed() -> None:
    engine = FakeSurveyor(SURVEY, Disk({"1": 7}), seconds=5)
    shown = [
        list_playgrounds(engine, FakeRegistry(), FakeFolders(), patience=patience)
        for patience in (4, 5, None)
    ]
    assert [(s.measured, s.rows[1].disk) for s in shown] == [(False, None), (True, 7), (True, 7)]
    assert engine.calls[:2] == ["measure", "survey"]


def test_the_disk_is_not_measured_when_it_is_left_out() -> None:
    engine = FakeSurveyor(SURVEY)
    listing = list_playgrounds(engine, FakeRegistry(), FakeFolders(), patience=0)
    assert not listing.measured
    assert engine.calls == ["survey"]

"""What belongs to which playground."""

from __future__ import annotations

from envctl.domain.observed import Container
from envctl.domain.survey import Disk, Resident, Survey, Thing, playgrounds


def resident(playground: str, number: int, folder: str = "", *volumes: str) -> Resident:
    container = Container(f"id-{number}", f"{playground}-web-{number}", "web", "running")
    return Resident(playground, container, folder, float(number), volumes)


def test_every_playground_is_found_by_whatever_is_left_of_it() -> None:
    survey = Survey(
        residents=(resident("shop", 1),),
        volumes=(Thing("blog_data", "blog"), Thing("mine")),
        networks=(Thing("wiki_default", "wiki"), Thing("bridge")),
    )
    assert [one.name for one in playgrounds(survey)] == ["blog", "shop", "wiki"]


def test_the_age_is_that_of_the_oldest_container_or_volume() -> None:
    volumes = (Thing("a", "shop", 5.0), Thing("b", "shop", 0.0))
    networks = (Thing("n", "shop", 1.0), Thing("m", "wiki", 2.0))
    shop, wiki = playgrounds(Survey((resident("shop", 7),), volumes, networks))
    assert (shop.created, shop.newest) == (5.0, 7.0)
    assert wiki.created == 2.0


def test_folders_are_told_once_the_latest_first() -> None:
    residents = (resident("shop", 1, "/a"), resident("shop", 3, "/a"), resident("shop", 2, "/b"))
    assert playgrounds(Survey(residents))[0].folders == ("/a", "/b")


def test_a_volume_without_a_name_is_its_container_s_and_a_foreign_one_is_not() -> None:
    volumes = (
        Thing("data", "shop"),
        Thing("f00", anonymous=True),
        Thing("bar", anonymous=True),
        Thing("foreign"),
    )
    survey = Survey((resident("shop", 1, "", "data", "f00", "foreign"),), volumes)
    (shop,) = playgrounds(survey)
    assert shop.volumes == ("data", "f00")
    assert shop.taken(Disk({"id-1": 1}, {"data": 10, "f00": 100, "bar": 1000})) == 111

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envctl.domain.project import Project
from envctl.domain.service import Dependency, Service
from envctl.errors import UsageError


def service(name: str, *needs: str, shares: tuple[str, ...] = ()) -> Service:
    return Service(name, f"{name}:1", depends_on=tuple(map(Dependency, needs)), shares=shares)


SHOP = Project(
    "shop",
    (
        service("api", "db", "migrate"),
        service("db"),
        service("migrate", "db"),
        service("storefront", "api"),
        service("tail", shares=("api",)),
    ),
)


def names(services: tuple[Service, ...]) -> list[str]:
    return [s.name for s in services]


def test_a_service_is_found_by_its_name() -> None:
    assert SHOP.service("db").name == "db"


def test_an_unknown_service_is_a_usage_error_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no service 'dbb' in project 'shop'") as caught:
        SHOP.service("dbb")
    assert (
        caught.value.hint
        == "there are: api, db, migrate, storefront, tail; one that has a profile needs --profile"
    )


def test_no_selection_means_every_service() -> None:
    assert SHOP.closure([]) == SHOP.services


def test_the_closure_has_all_that_is_needed_and_nothing_else() -> None:
    assert names(SHOP.closure(["api"])) == ["api", "db", "migrate"]


def test_sharing_is_needing() -> None:
    assert names(SHOP.closure(["tail"])) == ["api", "db", "migrate", "tail"]


def test_an_unknown_selection_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        SHOP.closure(["db", "nothing"])


def test_needs_are_transitive_and_without_the_service_itself() -> None:
    assert SHOP.needs("storefront") == {"api", "db", "migrate"}


def test_levels_follow_the_needs() -> None:
    assert SHOP.levels(names(SHOP.services)) == [
        ["db"],
        ["migrate"],
        ["api"],
        ["storefront", "tail"],
    ]


def test_levels_see_through_services_that_are_not_asked_for() -> None:
    assert SHOP.levels(["storefront", "db"]) == [["db"], ["storefront"]]


def test_a_need_that_is_not_asked_for_makes_no_level() -> None:
    project = Project("p", (service("a", "x"), service("b"), service("x")))
    assert project.levels(["a", "b"]) == [["a", "b"]]


def test_a_need_that_is_not_in_the_project_is_left_out() -> None:
    """A profile that is off leaves such needs behind."""
    project = Project("p", (service("a", "gone"),))
    assert project.levels(["a"]) == [["a"]]
    assert names(project.closure(["a"])) == ["a"]


numbers = st.integers(0, 7)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(numbers, st.sets(numbers), min_size=1, max_size=8), st.sets(numbers))
def test_a_service_stands_in_a_later_level_than_all_that_it_needs(
    graph: dict[int, set[int]], asked: set[int]
) -> None:
    """An edge leads to a lower number only, as Compose refuses cycles."""
    services = [service(str(n), *(str(m) for m in graph[n] if m < n)) for n in sorted(graph)]
    project = Project("p", tuple(services))
    chosen = [str(n) for n in asked if n in graph]
    levels = project.levels(chosen)
    place = {name: index for index, level in enumerate(levels) for name in level}
    assert sorted(place) == sorted(chosen)
    assert all(place[n] < place[name] for name in chosen for n in project.needs(name) & {*chosen})

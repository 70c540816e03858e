"""How a playground is, in a row."""

from __future__ import annotations

import pytest

from envctl.domain.observed import Container, Publication
from envctl.domain.overview import is_near, overview, state
from envctl.domain.playground import Playground
from envctl.domain.survey import Disk, Found

SHOP = Playground("shop", "unix:///sock", "/src/shop", "shop")


def one(service: str, status: str, health: str = "", code: int = 0, **more: bool) -> Container:
    return Container(service, service, service, status, health, code, **more)  # type: ignore[arg-type]


UP = one("web", "running")


@pytest.mark.parametrize(
    ("containers", "text"),
    [
        ([UP, UP], "2 running"),
        ([UP, one("db", "running", "healthy")], "2 running"),
        ([UP, one("job", "exited")], "1 running, 1 exited (0)"),
        ([UP, one("job", "exited", code=1)], "1 running, 1 exited (1)"),
        ([UP, one("db", "running", "unhealthy")], "1 running, db unhealthy"),
        ([one("db", "running", "unhealthy"), one("a", "running", "unhealthy")],
         "db, a unhealthy"),
        ([one("db", "running", "unhealthy"), one("a", "running", "starting")],
         "db unhealthy, a starting"),
        ([one("a", "restarting", code=3), UP], "1 running, 1 restarting"),
        ([one("a", "created")], "1 created"),
        ([one("a", "paused"), one("b", "paused")], "2 paused"),
        ([one("a", "exited", code=137), one("b", "exited", code=143), one("c", "exited")],
         "stopped"),
        ([one("a", "exited"), one("b", "exited", code=1)], "stopped, 1 exited (1)"),
        ([UP, one("web", "exited", code=1, oneoff=True)], "1 running"),
        ([UP, one("web", "running", oneoff=True)], "2 running"),
        ([one("web", "exited", code=1, oneoff=True)], "stopped"),
    ],
)  # fmt: skip
def test_states(containers: list[Container], text: str) -> None:
    assert state(Found("shop", tuple(containers))) == text


def test_what_is_left_without_containers_is_said() -> None:
    assert state(Found("shop", volumes=("data",), networks=("default",))) == "data only"
    assert state(Found("shop", networks=("default",))) == "network only"


def test_a_row_says_whose_it_is_where_it_answers_and_what_it_takes() -> None:
    web = Container("1", "w", "web", "running", ports=(Publication(80, 8080),))
    db = Container("2", "d", "db", "running", ports=(Publication(5432, 5432),))
    found = Found("shop", (db, web), ("/src/shop/compose",), ("data",), created=5.0)
    (row,) = overview([found], {"shop": SHOP}, [], Disk({"1": 3}, {"data": 4}), "engine.example")
    assert (row.project, row.checkout, row.gone) == ("shop", "/src/shop", False)
    assert row.addresses == ("engine.example:5432", "http://engine.example:8080")
    assert (row.created, row.disk) == (5.0, 7)


def test_what_is_not_known_is_left_open() -> None:
    (row,) = overview([Found("shop")], {}, [], None)
    assert (row.project, row.checkout, row.created, row.disk) == ("", "", None, None)
    assert not row.gone


@pytest.mark.parametrize(
    ("folders", "missing", "checkout", "gone"),
    [
        ((), {"/src/shop"}, "/src/shop", True),
        (("/src/shop/compose",), {"/src/shop", "/src/shop/compose"}, "/src/shop", True),
        (("/moved",), {"/src/shop"}, "/moved", False),
        (("/moved",), {"/moved"}, "/src/shop", False),
    ],
)
def test_a_playground_is_gone_when_no_folder_of_it_is_left(
    folders: tuple[str, ...], missing: set[str], checkout: str, gone: bool
) -> None:
    (row,) = overview([Found("shop", folders=folders)], {"shop": SHOP}, missing, None)
    assert (row.checkout, row.gone) == (checkout, gone)


def test_near_is_the_same_folder_or_one_within_the_other() -> None:
    assert is_near("/src/shop", SHOP)
    assert is_near("/src/shop/compose", SHOP)
    assert is_near("/src", SHOP)
    assert not is_near("/src/shop-2", SHOP)

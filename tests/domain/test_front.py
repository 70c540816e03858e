"""Which address `open` shows."""

from __future__ import annotations

import pytest

from envctl.domain.front import front_address
from envctl.domain.observed import Container, Publication
from envctl.domain.project import Project
from envctl.domain.service import Dependency, Role, Service
from envctl.errors import Refused, UsageError

DB = Service("db", "postgres:15", role=Role.DATA)
API = Service("api", "api:1", depends_on=(Dependency("db"),))
ADMIN = Service("admin", "adminer:1", depends_on=(Dependency("db"),))
FRONT = Service("front", "front:1", depends_on=(Dependency("api"),))
CHECK = Service("check", "check:1", role=Role.JOB, depends_on=(Dependency("front"),))
SHOP = Project("shop", (ADMIN, API, CHECK, DB, FRONT))


def up(service: Service, container_port: int, host_port: int, state: str = "running") -> Container:
    ports = (Publication(container_port, host_port),)
    return Container(service.name, f"shop-{service.name}-1", service.name, state, ports=ports)


ALL = (up(ADMIN, 80, 1), up(API, 80, 2), up(CHECK, 80, 3), up(DB, 5432, 4), up(FRONT, 80, 5))


def test_the_front_is_what_nothing_but_jobs_depend_on_and_what_needs_most() -> None:
    assert front_address(SHOP, ALL, "localhost") == "http://localhost:5"


@pytest.mark.parametrize(
    ("running", "expected"),
    [(ALL[:4], "http://localhost:1"), (ALL[1:4], "http://localhost:2"),
     (ALL[2:4], "http://localhost:3")],
    ids=["another front", "an app that is needed", "anything"],
)  # fmt: skip
def test_without_the_front_the_next_best_is_shown(
    running: tuple[Container, ...], expected: str
) -> None:
    assert front_address(SHOP, running, "localhost") == expected


def test_a_service_can_be_named_on_any_host() -> None:
    assert front_address(SHOP, ALL, "engine.example", "api") == "http://engine.example:2"


def test_the_first_web_address_of_a_service_is_shown() -> None:
    ports = (Publication(5432, 1), Publication(8443, 3), Publication(9000, 2))
    containers = [Container("1", "shop-api-1", "api", "running", ports=ports)]
    assert front_address(SHOP, containers, "localhost", "api") == "https://localhost:3"


def test_an_unknown_service_is_a_mistake_of_the_user() -> None:
    with pytest.raises(UsageError, match="no service 'ap' in project 'shop'"):
        front_address(SHOP, ALL, "localhost", "ap")


@pytest.mark.parametrize(
    ("containers", "wanted", "said", "hint"),
    [
        ((), "", "shop does not run", "envctl up starts it"),
        ((up(API, 80, 2, "exited"),), "", "shop does not run", "envctl up starts it"),
        (ALL[2:], "api", "api does not run", "envctl up api starts it"),
        (ALL[3:4], "", "shop answers no browser, only localhost:4", "app_protocol: http"),
        (ALL, "db", "db answers no browser, only localhost:4", "app_protocol: http"),
        ((Container("1", "a", "api", "running"),), "api", "api publishes no port", "name one"),
    ],
    ids=["nothing there", "stopped", "another runs", "no web", "named, no web", "no port"],
)
def test_what_cannot_be_shown_is_refused_with_the_way_out(
    containers: tuple[Container, ...], wanted: str, said: str, hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        front_address(SHOP, containers, "localhost", wanted)
    assert refused.value.message == said
    assert refused.value.hint.startswith(hint)


def test_a_one_off_command_is_no_service_that_runs() -> None:
    stray = Container("1", "shop-api-run-1", "api", "running", oneoff=True)
    with pytest.raises(Refused, match="does not run"):
        front_address(SHOP, [stray], "localhost", "api")

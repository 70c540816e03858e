from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from envctl.domain.advice import advise
from envctl.domain.healthchecks import product
from tests.domain.diagnosis.healthy import lines, project

CHECK: dict[str, Any] = {"healthcheck": {"test": ["CMD", "true"]}}


def said(
    services: dict[str, Any],
    *,
    checked: Collection[str] = (),
    unfiltered: Collection[str] = (),
    **top: Any,
) -> list[str]:
    model = {"name": "shop", "services": services, **top}
    advice = advise(project(model), model, written=model, checked=checked, unfiltered=unfiltered)
    return lines(advice)


def test_a_project_with_all_it_needs_gets_no_advice() -> None:
    web = {"image": "nginx:1", **CHECK, "depends_on": {"db": {"condition": "service_healthy"}}}
    data = {"type": "volume", "source": "d", "target": "/var/lib/postgresql/data"}
    db = {"image": "postgres:15", **CHECK, "volumes": [data]}
    assert said({"web": web, "db": db}) == []


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ({"image": "postgres:15", "environment": {"POSTGRES_USER": "shop"}},
         'test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "shop", "-d", "shop"]'),
        ({"image": "registry.example.com/db/postgis:15"}, '"-U", "postgres", "-d", "postgres"'),
        ({"image": "mysql:8"}, 'test: ["CMD", "mysqladmin", "ping"'),
        ({"image": "mariadb:11"}, 'test: ["CMD", "healthcheck.sh", "--connect"'),
        ({"image": "redis:7"}, 'test: ["CMD", "redis-cli", "ping"]'),
        ({"image": "nginx:1"}, 'test: ["CMD", "curl"'),
        ({"image": "own:1", "ports": [{"target": 8000}]},
         'test: [CMD, curl, -fsSo, /dev/null, "http://127.0.0.1:8000/"]'),
        ({"image": "own:1"}, "test: [CMD, COMMAND]"),
    ],
)  # fmt: skip
def test_a_missing_healthcheck_comes_with_one_that_fits(body: dict[str, Any], check: str) -> None:
    first = said({"x": {"restart": "always", **body}})[0]
    assert first.startswith(
        "warning healthcheck: none for x: ready means no more than started"
        " -> add to services.x: healthcheck: {test: "
    )
    assert check in first


def test_services_with_the_same_cure_are_told_together() -> None:
    body = {"image": "own:1", "restart": "always"}
    (line,) = said({"a": body, "b": body, "c": {**body, **CHECK}})
    assert "none for a, b:" in line


@pytest.mark.parametrize(
    "body",
    [
        {"image": "own:1", "x-envctl": {"role": "job"}},
        {"image": "own:1", "restart": "no"},
        {"image": "own:1", "restart": "on-failure"},
        {"image": "own:1", "scale": 0},
        CHECK | {"image": "own:1"},
    ],
)
def test_what_ends_or_has_a_check_needs_none(body: dict[str, Any]) -> None:
    assert said({"x": body}) == []


def test_a_check_in_the_image_counts() -> None:
    assert said({"x": {"image": "own:1"}}, checked=["x"]) == []


def test_what_may_be_a_job_is_told_how_to_say_so() -> None:
    (line,) = said({"x": {"image": "own:1"}})
    assert line.endswith("one that is to end: x-envctl: {role: job}")


def test_a_service_that_does_not_wait() -> None:
    needs = {"depends_on": {"db": {"condition": "service_started"}}}
    assert said({"web": {"image": "own:1", **CHECK, **needs}, "db": {"image": "d:1", **CHECK}}) == [
        "warning depends_on: web does not wait until db is healthy"
        " -> in services.web: depends_on: {db: {condition: service_healthy}}"
    ]


def test_a_database_that_forgets() -> None:
    db: dict[str, Any] = {"image": "postgres:15", **CHECK}
    assert said({"db": db}) == [
        "warning volume: db keeps its data where `down` forgets it -> services.db: volumes:"
        " [db-data:/var/lib/postgresql/data], and at the top level: volumes: {db-data: {}}"
    ]
    above = [{"type": "bind", "source": "/d", "target": "/var/lib/postgresql"}]
    assert said({"db": {**db, "volumes": above}}) == []
    assert said({"db": {**db, "tmpfs": ["/var/lib/postgresql/data:size=1g"]}}) == []


def test_a_tag_that_floats_and_one_that_is_built_here() -> None:
    assert said({"web": {"image": "example/web", **CHECK}}) == [
        "warning image: web takes example/web as it is today, and another one tomorrow"
        " -> write the version you use: services.web: image: example/web:VERSION"
    ]
    assert said({"web": {"build": {"context": "/w"}, **CHECK}}) == []
    digest = f"example/web@sha256:{64 * 'a'}"
    assert said({"web": {"image": digest, **CHECK}}) == []


def test_a_secret_in_the_file_is_named_and_not_shown() -> None:
    values = {"DB_PASSWORD": "canary", "TOKEN": "${TOKEN}", "KEY_FILE": "/k", "MODE": "x"}
    lines_ = said({"web": {"image": "own:1", **CHECK, "environment": values}})
    assert lines_ == [
        "warning secret: DB_PASSWORD of web is written in the Compose file -> use secrets: and"
        " DB_PASSWORD_FILE: /run/secrets/..., where the image knows it; else ${DB_PASSWORD} and a"
        " .env outside Git"
    ]


def test_a_context_without_ignore_file() -> None:
    web = {"build": {"context": "/w"}, **CHECK}
    assert said({"web": web}, unfiltered=["/w"]) == [
        "warning .dockerignore: the context /w of web has none: all that is in it is an input"
        " -> name in /w/.dockerignore what no image needs, .git and caches first"
    ]


def test_what_only_one_playground_can_have_is_moved_for_the_second() -> None:
    web = {"image": "own:1", **CHECK, "container_name": "app",
           "ports": [{"target": 80, "published": "8080"}, {"target": 81}]}  # fmt: skip
    front = {"ipam": {"config": [{"subnet": "10.9.0.0/24"}]}}
    moves = "a second playground gets another, and envctl up says which"
    assert said({"web": web}, networks={"front": front}) == [
        f"ok container_name: web is called app: {moves}",
        f"ok port: web publishes 8080: {moves}",
        f"ok subnet: network front has 10.9.0.0/24: {moves}",
    ]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("postgres", "postgres"),
        ("localhost:5000/db/postgis:15", "postgres"),
        ("redis@sha256:00", "redis"),
        ("own/api:1", "api"),
    ],
)
def test_an_image_is_known_by_its_last_name(image: str, name: str) -> None:
    assert product(image) == name

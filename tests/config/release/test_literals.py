from __future__ import annotations

from typing import Any

import pytest

from envctl.config.release.literals import secret_literals, secrets_in_env_file
from envctl.errors import ConfigurationError


def found(service: dict[str, Any]) -> list[str]:
    complaints = secret_literals({"services": {"web": service}})
    return [".".join(complaint.place[2:]) for complaint in complaints]


@pytest.mark.parametrize(
    ("service", "places"),
    [
        ({"environment": {"DB_PASSWORD": "shop"}}, ["environment.DB_PASSWORD"]),
        ({"environment": ["DB_PASSWORD=shop", "A=b"]}, ["environment.DB_PASSWORD"]),
        ({"environment": {"PASSWORD": "d29yZA=="}}, ["environment.PASSWORD"]),
        ({"environment": ["PASSWORD=d29yZA=="]}, ["environment.PASSWORD"]),
        ({"environment": {"API_TOKEN": "${TOKEN:-abc}"}}, ["environment.API_TOKEN"]),
        ({"environment": {"X": "${DB_PASSWORD:-shop}"}}, ["environment.X"]),
        ({"environment": {"URL": "postgres://u:word@db/x"}}, ["environment.URL"]),
        ({"command": ["run", "--password", "word"]}, ["command.2"]),
        ({"command": ["run", "--password=word"]}, ["command.--password"]),
        ({"command": "run --password word"}, ["command"]),
        ({"labels": {"a.password": "word"}}, ["labels.a.password"]),
        ({"healthcheck": {"test": ["CMD", "mysql", "-pword"]}}, ["healthcheck.test.2"]),
        ({"logging": {"options": {"splunk-token": "word"}}}, ["logging.options.splunk-token"]),
        ({"environment": {"KEY": "AKIAABCDEFGHIJKLMNOP"}}, ["environment.KEY"]),
    ],
)
def test_what_looks_like_a_secret_is_found(service: dict[str, Any], places: list[str]) -> None:
    assert found(service) == places


@pytest.mark.parametrize(
    "service",
    [
        {"environment": {"DB_PASSWORD_FILE": "/run/secrets/db_password"}},
        {"environment": {"DB_PASSWORD": "${DB_PASSWORD}"}},
        {"environment": {"DB_PASSWORD": "${DB_PASSWORD:?needed}"}},
        {"environment": {"DB_PASSWORD": "${DB_PASSWORD:-}"}},
        {"environment": {"DB_PASSWORD": None}},
        {"environment": {"DB_PASSWORD": ""}},
        {"environment": ["DB_PASSWORD", "DB_PASSWORD=$DB_PASSWORD", "DB_PASSWORD="]},
        {"environment": {"URL": "postgres://u:${PASSWORD}@db/x"}},
        {"environment": {"AUTHORIZATION": "Bearer ${TOKEN}"}},
        {"environment": {"USE_PASSWORD": True, "WITH_TOKEN": "no"}},
        {"environment": ["USE_PASSWORD=true", "PASSWORD=${A}-${B}"]},
        {"command": ["run", "--password", "${PASSWORD}"]},
        {"command": ["run", "--password=${PASSWORD}"]},
        {"command": "run --password ${PASSWORD} --user u"},
        {"command": ["sh", "-c", "PGPASSWORD=$$(cat /run/secrets/p) psql"]},
        {"command": ["sh", "-c", 'mysql -p"$$MYSQL_ROOT_PASSWORD" -e "select 1"']},
        {"secrets": [{"source": "db_password"}]},
        {"sysctls": {"net.ipv4.tcp_syncookies": 1}},
        {"build": {"args": {"TOKEN": "word"}}},
    ],
)
def test_what_is_filled_in_or_only_leads_there_is_none(service: dict[str, Any]) -> None:
    assert found(service) == []


def test_the_service_may_say_that_it_is_none() -> None:
    service = {
        "environment": {"A_TOKEN": "word", "B_TOKEN": "word"},
        "command": ["--password", "word"],
        "x-envctl": {"not_secret": ["A_TOKEN", "command"]},
    }
    assert found(service) == ["environment.B_TOKEN"]


@pytest.mark.parametrize("said", ["A", [1], {"A": 1}, 1])
def test_it_says_so_in_a_list_of_names(said: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"services\.web\.x-envctl\.not_secret"):
        found({"x-envctl": {"not_secret": said}})


def test_the_literal_content_of_a_secret_is_one() -> None:
    model = {"secrets": {"a": {"content": "word"}, "b": {"environment": "B"}, "c": {"file": "/c"}}}
    assert [c.place for c in secret_literals(model)] == [("secrets", "a", "content")]


def test_options_of_volumes_are_looked_at() -> None:
    model = {"volumes": {"share": {"driver_opts": {"o": "username=u,password=word"}}, "a": None}}
    places = [c.place for c in secret_literals(model)]
    assert places == [("volumes", "share", "driver_opts", "o")]


def test_env_files_are_read_line_by_line() -> None:
    text = (
        "# PASSWORD=word\nA=1\nexport DB_PASSWORD='word'\nB_PASSWORD=${B}\nC=${C_TOKEN:-word}\n"
        "D_PASSWORD=\nE_PASSWORD\n"
    )
    assert list(secrets_in_env_file(text)) == ["DB_PASSWORD", "C"]
    assert list(secrets_in_env_file("-----BEGIN RSA PRIVATE KEY-----\n")) == ["a key"]

"""What a definition would have Compose do when it reads it, as text."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.config.release.host_demands import Demand, require_harmless
from envctl.config.release.host_demands_written import (
    KEYS,
    REFUSED,
    REFUSED_AT_TOP,
    SERVICE_KEYS,
    written_demands,
)
from envctl.config.release.plain import plain_files
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import Failed, Refused

CARRIED = (("env-1.env", b"A=${HOME}\n"), ("label-1.env", b"B=1\n"))
MODEL = "has a model run on this machine, in no container"


def asked(model: Any) -> list[str]:
    return [str(d) for d in written_demands(ComposeDefinition(json.dumps(model).encode(), CARRIED))]


def web(**body: Any) -> list[str]:
    lines = asked({"services": {"web": {"image": "a", **body}}})
    return [line.removeprefix("services.web.") for line in lines]


TABLE: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"environment": ["HOME", "A=${AWS_SECRET_ACCESS_KEY:-}"], "ports": ["80:80"]}, []),
    ({"build": None, "develop": {}, "profiles": [], "env_file": [], "x-more": {"build": "."}}, []),
    ({"build": {"context": "/"}}, ["build: builds an image on this machine"]),
    ({"build": "https://example.com/a.git"}, ["build: builds an image on this machine"]),
    (
        {"develop": {"watch": [{"path": "/home", "action": "sync", "target": "/h"}]}},
        ["develop: copies files of this machine into the container"],
    ),
    ({"provider": {"type": "model"}}, ["provider: runs a program of this machine"]),
    ({"models": ["small"]}, [f"models: {MODEL}"]),
    (
        {"profiles": ["later"]},
        ["profiles: is there only at times, so that nobody sees before what it asks for"],
    ),
    ({"extends": {"service": "db"}}, []),
    ({"extends": "db"}, []),
    (
        {"extends": {"service": "db", "file": "/srv/compose.yaml"}},
        ["extends.file: reads /srv/compose.yaml of this machine"],
    ),
    ({"env_file": "env-1.env"}, []),
    ({"env_file": [{"path": "env-1.env", "format": "raw"}], "label_file": ["label-1.env"]}, []),
    ({"env_file": ["/etc/passwd"]}, ["env_file: reads /etc/passwd of this machine"]),
    (
        {"env_file": [{"path": "../.env", "required": False}, "${HOME}/.netrc", "./env-1.env", 1]},
        [
            "env_file: reads ../.env of this machine",
            "env_file: reads ${HOME}/.netrc of this machine",
            "env_file: reads ./env-1.env of this machine",
            "env_file: reads 1 of this machine",
        ],
    ),
    ({"env_file": [{"required": True}]}, ["env_file: reads null of this machine"]),
    ({"label_file": "env-2.env"}, ["label_file: reads env-2.env of this machine"]),
    ({"credential_spec": {"config": "spec"}}, []),
    (
        {"credential_spec": {"file": "../spec.json", "registry": "key"}},
        [
            "credential_spec.file: reads ../spec.json of this machine",
            "credential_spec.registry: reads key of this machine",
        ],
    ),
    ({"use_the_host": True}, ["use_the_host: is nothing that envctl knows"]),
    ({"<<": {"build": "."}}, ["<<: is nothing that envctl knows"]),
    (
        {"env_file": "a\x1b[2J\nb", "pri\x1bvileged": 1},
        ["pri?vileged: is nothing that envctl knows", "env_file: reads a?[2J?b of this machine"],
    ),
]


@pytest.mark.parametrize(("body", "lines"), TABLE)
def test_what_a_service_asks_for_as_it_is_written(body: dict[str, Any], lines: list[str]) -> None:
    assert web(**body) == lines


def test_what_is_written_beside_services() -> None:
    assert asked({
        "name": "shop", "version": "3", "x-own": {"include": "/a"}, "include": ["oci://example/a"],
        "models": {"small": {"model": "ai/small"}}, "unheard_of": 1,
        "x-envctl": {"development": {"URL": "a", "COMPOSE_FILE": "/b", "docker_host": "c"}},
        "configs": {
            "a": {"content": "$$b"}, "b": {"environment": "HOME"}, "c": {"file": "./c"},
            "d": {"file": "${D_FILE:?}"}, "e": None,
        },
        "secrets": {
            "a": {"file": "${A_FILE:?the file with the secret a}"}, "b": {"file": "$B"},
            "c": {"environment": "HOME"}, "d": {"file": "/etc/shadow"}, "e": {"file": "e.txt"},
            "f": {"file": "${HOME}/.ssh/id_ed25519"}, "g": {"file": "${G:-/etc/shadow}"},
            "h": {"file": "${H:?a}${I:?b}"}, "i": {"file": ["/etc/shadow"]},
        },
    }) == [
        "include: has Compose read other files",
        f"models: {MODEL}",
        "unheard_of: is nothing that envctl knows",
        "x-envctl.development.COMPOSE_FILE: sets how Compose itself works",
        "x-envctl.development.docker_host: sets how Compose itself works",
        "configs.c.file: reads ./c of this machine",
        "configs.d.file: reads ${D_FILE:?} of this machine",
        "secrets.d.file: reads /etc/shadow of this machine",
        "secrets.e.file: reads e.txt of this machine",
        "secrets.f.file: reads ${HOME}/.ssh/id_ed25519 of this machine",
        "secrets.g.file: reads ${G:-/etc/shadow} of this machine",
        "secrets.h.file: reads ${H:?a}${I:?b} of this machine",
        'secrets.i.file: reads ["/etc/shadow"] of this machine',
    ]  # fmt: skip


def test_every_key_that_compose_knows_has_been_thought_of() -> None:
    known = (Path(__file__).parents[2] / "corpus" / "keys.txt").read_text().split()
    paths = [key.split(".") for key in known]
    assert {path[0] for path in paths} == KEYS | set(REFUSED_AT_TOP)
    services = {path[2] for path in paths if path[0] == "services" and len(path) > 2}
    assert services == SERVICE_KEYS | set(REFUSED)


@pytest.mark.parametrize(
    ("compose", "why"),
    [
        (b"services:\n  web: {}\n", "it is not JSON (line 1)"),
        (b"", "it is not JSON (line 1)"),
        (b'{"services": {"a": {}},}', "it is not JSON (line 1)"),
        (b'{"services": {}, "a": NaN}', "NaN is not JSON"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b'{"a": "\\ud800"}', "it is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b"[]", "it is not a mapping"),
        (b"null", "it is not a mapping"),
        (b'{"services": {"a": {}}, "services": {"a": {"privileged": true}}}', "it has a key twice"),
        (b'{"services": {"a": {"build": ".", "build": null}}}', "it has a key twice"),
        (b'{"services": ["web"]}', "services is not a mapping"),
        (b'{"services": {"web": "nginx"}}', "services.web is not a mapping"),
        (b'{"secrets": {"a": ["b"]}}', "secrets.a is not a mapping"),
        (b'{"configs": {"..": {"content": "a"}}}', "configs: '..' is no name"),
        (b'{"configs": {".": {"content": "a"}}}', "configs: '.' is no name"),
        (b'{"configs": {"": {"content": "a"}}}', "configs: '' is no name"),
        (b'{"configs": {"a/../../b": {}}}', "configs: 'a/../../b' is no name"),
        (b'{"secrets": {"a\\\\b": {}}}', "secrets: 'a\\\\b' is no name"),
        (b'{"secrets": {"a\\u001b[2J": {}}}', "secrets: 'a\\x1b[2J' is no name"),
        (b'{"volumes": {"a\\n": {}}}', "volumes: 'a\\n' is no name"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "it has a number that is too large"),
        (b'{"a": 1e999}', "Out of range float values are not JSON compliant"),
    ],
)
def test_what_is_no_definition_is_said(compose: bytes, why: str) -> None:
    for read in (written_demands, plain_files):
        with pytest.raises(Failed) as caught:
            read(ComposeDefinition(compose))
        assert f" has no definition that envctl can read: {why}" in caught.value.message


def test_env_files_are_text() -> None:
    with pytest.raises(Failed, match="it is not UTF-8"):
        written_demands(ComposeDefinition(b"{}", (("env-1.env", b"A=\xff"),)))


WORDS = st.sampled_from([
    "services", "configs", "secrets", "web", "file", "env_file", "path", "extends", "build",
    "provider", "include", "x-envctl", "development", "credential_spec", "content", "mode",
])  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(ANYTHING, st.booleans())
def test_whatever_is_written_there_is_an_answer(value: Any, as_service: bool) -> None:
    model = {"services": {"web": value}, "configs": {"web": value}} if as_service else value
    for read in (written_demands, plain_files):
        with suppress(Failed):
            read(ComposeDefinition(json.dumps(model).encode()))


def test_all_demands_are_refused_at_once() -> None:
    place = ("services", "api", "volumes")
    demands = [Demand(place, "mounts /etc of this machine"), Demand(("include",), "reads")]
    with pytest.raises(Refused) as caught:
        require_harmless([*demands, demands[0]], "shop 1.4.0")
    assert caught.value.message == (
        "shop 1.4.0 asks for 2 things of this machine that a release has no need of"
    )
    assert caught.value.details == (
        "services.api.volumes: mounts /etc of this machine",
        "include: reads",
    )
    assert caught.value.hint.startswith("envctl up --from … --allow-host allows it, if you trust")
    with pytest.raises(Refused, match="asks for something of this machine"):
        require_harmless(demands[:1], "shop 1.4.0")
    require_harmless((), "shop 1.4.0")


def test_a_development_value_names_no_file_for_a_secret() -> None:
    """It is read where the tester stands: `.ssh/id_rsa`, say."""
    said = {
        "x-envctl": {"development": {"PW_FILE": ".ssh/id_rsa", "OTHER": "x"}},
        "services": {"web": {"image": "web"}},
        "secrets": {"pw": {"file": "${PW_FILE:?}"}},
    }
    found = written_demands(ComposeDefinition(json.dumps(said).encode()))
    assert [str(one) for one in found] == [
        "x-envctl.development.PW_FILE: names a file of this machine"
    ]

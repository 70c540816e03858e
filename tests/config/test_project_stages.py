from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import envctl.config
from envctl.config.project_file import parse_project_file
from envctl.domain.stage import Https, Stage
from envctl.domain.target import LOCAL, Reach, Target
from envctl.domain.target_address import parse_target
from envctl.errors import ConfigurationError

SCHEMA = json.loads((Path(envctl.config.__file__).parent / "envctl.schema.json").read_text())


def read(**stages: Any) -> tuple[Stage, ...]:
    return parse_project_file({"stages": stages}, "envctl.toml").stages


def refusal(**stages: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**stages)
    return f"{caught.value.message} | {caught.value.hint}"


def test_every_setting_of_a_stage_is_read() -> None:
    table = {"overlay": "a", "target": "ssh://deploy@example.com", "env_file": "b",
             "after": "integration", "soak": "7d", "requires_check": True, "follow": True,
             "min_healthy": "10s", "drain": "0s", "hosts": {"shop.example.com": "web:8080"},
             "https": {"acme": "https://acme.example.com/directory", "email": "a@b"}}  # fmt: skip
    assert read(integration={}, production=table)[1] == Stage(
        "production",
        overlay="a",
        target=Target("ssh://deploy@example.com", Reach.SSH, "example.com", "deploy"),
        env_files=("b",),
        after="integration",
        soak=604800.0,
        requires_check=True,
        follow=True,
        min_healthy=10.0,
        drain=0.0,
        hosts=(("shop.example.com", "web:8080"),),
        https=Https(directory="https://acme.example.com/directory", email="a@b"),
    )


def test_a_stage_of_which_nothing_is_said_has_the_defaults() -> None:
    assert read(production={}) == (Stage("production"),)


def test_env_files_may_be_several_and_certificates_files() -> None:
    (stage,) = read(
        a={"env_file": ["b", "c"], "hosts": {"a": "b"}, "https": {"certificates": ["d"]}}
    )
    assert (stage.env_files, stage.https) == (("b", "c"), Https(("d",)))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("", LOCAL),
        ("ssh://h", Target("ssh://h", Reach.SSH, "h")),
        ("ssh://h/", Target("ssh://h/", Reach.SSH, "h")),
        ("ssh://u@h.example:22", Target("ssh://u@h.example:22", Reach.SSH, "h.example", "u", 22)),
        ("ssh://h/run/d.sock", Target("ssh://h/run/d.sock", Reach.SSH, "h", socket="/run/d.sock")),
        ("ssh://u@[fd00::1]:2222/a", Target(
            "ssh://u@[fd00::1]:2222/a", Reach.SSH, "fd00::1", "u", 2222, "/a")),
        ("production", Target("production", Reach.CONTEXT, context="production")),
        ("eu_1.prod+a-b", Target("eu_1.prod+a-b", Reach.CONTEXT, context="eu_1.prod+a-b")),
    ],
)  # fmt: skip
def test_a_target_is_an_address_or_a_context(text: str, target: Target) -> None:
    assert parse_target(text, "x") == target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("swarm+ssh://h", "'swarm+ssh://h': a target is not reached by swarm+ssh://"),
        ("tcp://h:2376", "'tcp://h:2376': a target is not reached by tcp://"),
        ("ssh://-oProxyCommand=x", "'ssh://-oProxyCommand=x' is no target"),
        ("ssh://-u@h", "'ssh://-u@h' is no target"),
        ("ssh://", "'ssh://' is no target"),
        ("ssh://u:secret@h", "'ssh://u:secret@h' is no target"),
        ("ssh://h:0", "'ssh://h:0' is no target"),
        ("ssh://h:65536", "'ssh://h:65536' is no target"),
        ("ssh://h/a b", "'ssh://h/a b' is no target"),
        ("ssh://h\n", "'ssh://h\\n' is no target"),
        ("user@h", "'user@h' is no target"),
        ("-a", "'-a' is no target"),
    ],
)
def test_any_other_target_is_refused_with_what_is_possible(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_target(text, "stages.a: target")
    assert caught.value.message == f"stages.a: target: {said}"
    assert 'write "ssh://user@host"' in caught.value.hint
    assert "docker context" in caught.value.hint


MEND = ConfigurationError.help
DURATION = 'write it like "90s" or "5m"'


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"overlays": "a"}, "unknown key 'overlays' | did you mean 'overlay'?"),
        ({"overlay": ""}, f"overlay: '' is no path of a Compose file | {MEND}"),
        ({"env_file": 1}, f"env_file: 1 is neither a path nor a list of paths | {MEND}"),
        ({"after": 1}, f"after: 1 is no name of a stage | {MEND}"),
        ({"soak": "1h"}, "soak: it means nothing without after | "
                         "name the stage that releases run on before this one"),
        ({"after": "first", "soak": "1w"}, f"soak: '1w' is not a duration | {DURATION}"),
        ({"min_healthy": 5}, f"min_healthy: 5 is not a duration | {DURATION}"),
        ({"drain": "-1s"}, f"drain: '-1s' is not a duration | {DURATION}"),
        ({"requires_check": True}, "requires_check: it means nothing without after | "
                                   "name the stage whose check has to pass"),
        ({"follow": "yes"}, f"follow: 'yes' is neither true nor false | {MEND}"),
        ({"hosts": {}}, 'hosts: it is empty | write "shop.example.com" = "web"'),
        ({"hosts": {"Shop": "web"}}, "hosts: 'Shop' is no host name | write it in lower case, "
                                     "with no port"),
        ({"hosts": {"shop": "web:0"}}, "hosts: shop: 'web:0' is no service | write the name of a "
                                       'service, or "web:8080" with its port'),
        ({"https": {"acme": "https://a"}}, "https: it means nothing without hosts | "
                                           "name the hosts that are served with certificates"),
        ({"hosts": {"a": "b"}, "https": {}}, "https: certificates are either files or from an "
            'ACME server | write certificates = ["shop.pem"], or acme = "https://.../directory"'),
        ({"hosts": {"a": "b"}, "https": {"certificates": []}},
            f"https: certificates: [] is not a list of paths | {MEND}"),
        ({"hosts": {"a": "b"}, "https": {"certificates": ["a"], "email": "a@b"}},
            f"https: email: it is for an ACME server only | {MEND}"),
        ({"hosts": {"a": "b"}, "https": {"acme": "http://a/b"}},
            "https: acme: 'http://a/b' is no address of an ACME server's directory, with https:// "
            f"| {MEND}"),
        ({"hosts": {"a": "b"}, "https": {"acme": "https://a/b", "email": "a"}},
            f"https: email: 'a' is no email address | {MEND}"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_key_and_what_would_do(table: dict[str, Any], said: str) -> None:
    assert refusal(first={}, a=table) == f"envctl.toml: stages.a: {said}"


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ({"a": {"after": "b"}}, "stages.a: after: 'b' is no stage of this file | it is the only "
                                "one"),
        ({"a": {"after": "c"}, "b": {}}, "stages.a: after: 'c' is no stage of this file | "
                                         "there are: b"),
        ({"a": {"after": "a"}}, "stages.a: after: a circle: a after a | one has to be first"),
        ({"a": {"after": "c"}, "b": {"after": "a"}, "c": {"after": "b"}},
            "stages.a: after: a circle: a after c after b after a | one has to be first"),
        ({"a": {"after": "b"}, "b": {"after": "c"}, "c": {"after": "b"}},
            "stages.b: after: a circle: b after c after b | one has to be first"),
        ({"a": {"after": "b"}, "b": {"after": "c"}},
            "stages.b: after: 'c' is no stage of this file | there are: a"),
    ],
)  # fmt: skip
def test_one_stage_is_first(stages: dict[str, Any], said: str) -> None:
    assert refusal(**stages) == f"envctl.toml: {said}"


def test_two_stages_may_come_after_the_same_one() -> None:
    assert [s.after for s in read(a={}, b={"after": "a"}, c={"after": "a"}, d={"after": "c"})] == [
        "", "a", "a", "c",
    ]  # fmt: skip


HTTPS = {"hosts": {"a": "b"}}


@pytest.mark.parametrize(
    "table",
    [
        {"target": ""}, {"target": "ssh://h"}, {"target": "ssh://u@[::1]:65535/a/b.sock"},
        {"target": "ssh://h:65536"}, {"target": "ssh://-h"}, {"target": "ssh://u:p@h"},
        {"target": "tcp://h"}, {"target": "swarm+ssh://h"}, {"target": "a"}, {"target": "ab"},
        {"target": "a b"}, {"target": 1}, {"env_file": "a"}, {"env_file": ""},
        {"env_file": ["a"]}, {"env_file": []}, {"env_file": [""]}, {"env_file": 1},
        {"after": ""}, {"after": 1}, {"after": "first"}, {"soak": "1h"},
        {"after": "first", "soak": "1h"}, {"after": "first", "soak": "0s"},
        {"after": "first", "soak": "1w"}, {"after": "first", "requires_check": True},
        {"requires_check": False}, {"after": "first", "requires_check": 1}, {"follow": True},
        {"follow": 1}, {"min_healthy": "0ms"}, {"min_healthy": "7d"}, {"min_healthy": "7"},
        {"drain": "٣s"}, {"drain": 1}, {"hosts": {}}, {"hosts": []}, {"hosts": {"a.b": "web"}},
        {"hosts": {"a-b.c0": "We_b.1-2:65535"}}, {"hosts": {"a": "b:65536"}},
        {"hosts": {"a": "b:080"}}, {"hosts": {"a": "b:0"}}, {"hosts": {"a": "b:"}},
        {"hosts": {"-a": "b"}}, {"hosts": {"a.": "b"}}, {"hosts": {"a:80": "b"}},
        {"hosts": {"A": "b"}}, {"hosts": {"a": 1}}, {"hosts": {"a": ""}}, {"hosts": {"a": "b c"}},
        {"https": {"certificates": ["a"]}}, {**HTTPS, "https": {"certificates": ["a"]}},
        {**HTTPS, "https": {"certificates": []}}, {**HTTPS, "https": {"certificates": "a"}},
        {**HTTPS, "https": {}}, {**HTTPS, "https": 1}, {**HTTPS, "https": {"acme": "https://a"}},
        {**HTTPS, "https": {"acme": "https://a/b", "email": "a@b"}},
        {**HTTPS, "https": {"acme": "http://a/b"}}, {**HTTPS, "https": {"acme": "https://a@b"}},
        {**HTTPS, "https": {"acme": "https://a", "email": "b"}},
        {**HTTPS, "https": {"email": "a@b"}}, {**HTTPS, "https": {"acme": "https://a", "ca": "b"}},
        {**HTTPS, "https": {"acme": "https://a", "ca": ""}},
        {**HTTPS, "https": {"certificates": ["a"], "ca": "b"}},
        {**HTTPS, "https": {"certificates": ["a"], "email": "a@b"}},
        {**HTTPS, "https": {"certificates": ["a"], "acme": "https://a"}},
        {**HTTPS, "https": {"acme": "https://a", "e": "b"}},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_the_schema_and_the_file_take_the_same_stages(table: dict[str, Any]) -> None:
    stages = {"first": {}, "a": table}
    by_schema = jsonschema.Draft202012Validator(SCHEMA).is_valid({"stages": stages})
    try:
        read(**stages)
    except ConfigurationError:
        assert not by_schema
    else:
        assert by_schema


def test_the_defaults_of_the_schema_are_those_of_a_stage() -> None:
    keys = SCHEMA["properties"]["stages"]["additionalProperties"]["properties"]
    said = {key: of["default"] for key, of in keys.items() if "default" in of}
    assert read(first={}, a={"after": "first", **said})[1] == Stage("a", after="first")

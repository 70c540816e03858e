from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import envctl.config
from envctl.config.project_file import ProjectFile, load_project_file, parse_project_file
from envctl.config.project_stages import STAGE_KEYS
from envctl.domain.seed import Seed
from envctl.domain.stage import Stage
from envctl.errors import ConfigurationError

ROOM = Path(envctl.config.__file__).parent
SCHEMA = json.loads((ROOM / "envctl.schema.json").read_text())
KEYS = [f.name for f in fields(ProjectFile)]


def refusal(data: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_project_file(data, "envctl.toml")
    return f"{caught.value.message} | {caught.value.hint}"


def is_taken(data: dict[str, Any]) -> bool:
    try:
        parse_project_file(data, "envctl.toml")
    except ConfigurationError:
        return False
    return True


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    assert load_project_file(tmp_path / "envctl.toml") == ProjectFile()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "envctl.toml").touch()
    assert load_project_file(tmp_path / "envctl.toml") == ProjectFile()


def test_every_setting_is_read() -> None:
    data = {"name": "shop", "compose": ["a"], "env_files": ["b"], "profiles": ["c"],
            "ready_timeout": "90s", "seed": {"job": "d"}, "registry": "localhost:5000/team",
            "source": "https://git.example.com/shop",
            "stages": {"integration": {"overlay": "e"}, "production": {}}}  # fmt: skip
    assert parse_project_file(data, "x") == ProjectFile(
        "shop", ("a",), ("b",), ("c",), 90.0, Seed(job="d"), "localhost:5000/team",
        "https://git.example.com/shop", (Stage("integration", "e"), Stage("production")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("1s", 1), ("5m", 300), ("2h", 7200), ("2d", 172800), ("007s", 7)],
)
def test_a_duration_is_a_number_with_a_unit(text: str, seconds: float) -> None:
    assert parse_project_file({"ready_timeout": text}, "x").ready_timeout == seconds


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"seed": "base"},
            "envctl.toml: seed: 'base' is not a table | " + ConfigurationError.help,
        ),
        ({"seed": {"jobs": "a"}}, "envctl.toml: seed: unknown key 'jobs' | did you mean 'job'?"),
        (
            {"seed": {"job": ""}},
            "envctl.toml: seed: job: '' is no name | " + ConfigurationError.help,
        ),
        (
            {"seed": {"job": "a", "snapshot": "b"}},
            "envctl.toml: seed: there is one at most | name a snapshot or a job",
        ),
        ({"profile": ["a"]}, "envctl.toml: unknown key 'profile' | did you mean 'profiles'?"),
        ({"env_file": "a"}, "envctl.toml: unknown key 'env_file' | did you mean 'env_files'?"),
        (
            {"zzz": 1},
            "envctl.toml: unknown key 'zzz' | "
            "known are: name, compose, env_files, profiles, ready_timeout, seed, registry, source, "
            "stages",
        ),
        (
            {"registry": "https://registry.example.com"},
            "envctl.toml: registry: 'https://registry.example.com' is no address of a registry | "
            'write host, port and path as in image names: "registry.example.com:5000/team"',
        ),
        (
            {"source": "git.example.com/shop"},
            "envctl.toml: source: 'git.example.com/shop' is no address of a repository | "
            'write it like "https://git.example.com/team/shop", with no password in it',
        ),
        (
            {"stages": {"integration": {"overlays": "a"}}},
            "envctl.toml: stages.integration: unknown key 'overlays' | did you mean 'overlay'?",
        ),
        (
            {"stages": {"Production": {}}},
            "envctl.toml: stages: 'Production' cannot be a stage's name | use lower-case letters, "
            "digits, - and _, beginning with a letter or digit",
        ),
        (
            {"stages": {"production": {"overlay": ""}}},
            "envctl.toml: stages.production: overlay: '' is no path of a Compose file | "
            + ConfigurationError.help,
        ),
        (
            {"name": "My Shop"},
            "envctl.toml: name: 'My Shop' cannot be a project's name | use lower-case letters, "
            "digits, - and _, beginning with a letter or digit",
        ),
        (
            {"compose": "compose.yaml"},
            "envctl.toml: compose: 'compose.yaml' is not a list of strings | "
            "mend the file and run the command again; nothing was changed",
        ),
        (
            {"ready_timeout": "5 minutes"},
            "envctl.toml: ready_timeout: '5 minutes' is not a duration | "
            'write it like "90s" or "5m"',
        ),
    ],
)
def test_a_refusal_names_the_key_and_what_would_do(data: dict[str, Any], said: str) -> None:
    assert refusal(data) == said


def test_what_is_not_toml_is_told_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "envctl.toml"
    path.write_text('name = "a"\nname =\n')
    with pytest.raises(ConfigurationError, match=r"envctl\.toml is not TOML: .*line 2"):
        load_project_file(path)


def test_what_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "envctl.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"envctl\.toml cannot be read: "):
        load_project_file(path)


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "envctl.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_project_file(tmp_path / "envctl.toml")


def test_the_reference_is_a_valid_file_that_shows_every_key() -> None:
    text = (ROOM / "reference.toml").read_text()
    assert sorted(tomllib.loads(text)) == sorted(KEYS)
    assert load_project_file(ROOM / "reference.toml").name == "shop"
    jsonschema.validate(tomllib.loads(text), SCHEMA)


def test_each_key_of_the_reference_says_what_holds_without_it() -> None:
    blocks = (ROOM / "reference.toml").read_text().strip().split("\n\n")
    first = [next(line for line in b.splitlines() if line[0] != "#") for b in blocks[1:]]
    names = [re.split(r" =|\.integration|\]", line.lstrip("["))[0] for line in first]
    described = dict(zip((n.rpartition(".")[2] for n in names), blocks[1:], strict=True))
    assert [
        key for key in (*KEYS, *STAGE_KEYS) if "# Left out:" not in described.get(key, "")
    ] == []


def test_the_schema_is_one_and_has_the_keys_of_the_file() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert list(SCHEMA["properties"]) == KEYS
    stage = SCHEMA["properties"]["stages"]["additionalProperties"]
    assert list(stage["properties"]) == list(STAGE_KEYS)


def test_the_defaults_of_the_schema_are_the_files() -> None:
    default = SCHEMA["properties"]["ready_timeout"]["default"]
    assert parse_project_file({"ready_timeout": default}, "x") == ProjectFile()


@pytest.mark.parametrize(
    "data",
    [
        {}, {"name": ""}, {"name": "shop"}, {"name": "0_a-b"}, {"name": "-a"}, {"name": "A"},
        {"name": "a b"}, {"name": 1}, {"name": ["a"]}, {"nme": "a"},
        {"compose": []}, {"compose": ["a", "b"]}, {"compose": [""]}, {"compose": [1]},
        {"compose": "a"}, {"compose": {}}, {"env_files": ["a"]}, {"env_files": False},
        {"profiles": ["a"]}, {"profiles": [["a"]]}, {"ready_timeout": "1s"},
        {"ready_timeout": "10ms"}, {"ready_timeout": "01h"}, {"ready_timeout": "0s"},
        {"ready_timeout": "00m"}, {"ready_timeout": "s"}, {"ready_timeout": "5"},
        {"ready_timeout": "5w"}, {"ready_timeout": "-5s"}, {"ready_timeout": "1.5s"},
        {"ready_timeout": "5 s"}, {"ready_timeout": "5S"}, {"ready_timeout": 5},
        {"ready_timeout": 5.0}, {"ready_timeout": True},
        {"ready_timeout": ["5s"]},
        {"ready_timeout": "٣s"}, {"stages": {}}, {"stages": []}, {"stages": {"a": {}}},
        {"stages": {"a": 1}}, {"stages": {"A": {}}}, {"stages": {"a.b": {}}}, {"stages": {"": {}}},
        {"stages": {"a": {"overlay": "b"}}}, {"stages": {"a": {"overlay": ""}}},
        {"stages": {"a": {"overlay": 1}}}, {"stages": {"a": {"targets": "b"}}},
        {"registry": "registry.example.com"}, {"registry": "registry.example.com/a/b-c__d"},
        {"registry": "localhost"}, {"registry": "localhost:5000/a"}, {"registry": "host:5000"},
        {"registry": "[::1]:5000/a"}, {"registry": "10.0.0.1/a"}, {"registry": "shop"},
        {"registry": "https://a.example"}, {"registry": "a.example/"}, {"registry": "a.example/B"},
        {"registry": "a.example/b:tag"}, {"registry": "user@a.example"}, {"registry": ""},
        {"registry": "a.example:port"}, {"registry": 1},
        {"source": "https://a.example/b"}, {"source": "ssh://git@a.example:22/b.git"},
        {"source": "https://a:b@c.example/"}, {"source": "git@a.example:b"}, {"source": ""},
        {"source": "https://a b"}, {"source": []},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_the_schema_and_the_file_take_the_same_documents(data: dict[str, Any]) -> None:
    by_schema = jsonschema.Draft202012Validator(SCHEMA).is_valid(data)
    assert is_taken(data) is by_schema

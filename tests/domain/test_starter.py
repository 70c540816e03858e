from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from envctl import config
from envctl.config.project_file import ProjectFile, parse_project_file
from envctl.domain.starter import Value, env_files, starter_text

MANUAL = Path(config.__file__).with_name("reference.toml").read_text()

REFERENCE = """\
# The manual.

# How it is called.
name = "shop"

# The files.
compose = ["a.yaml"]

[deep]
# What is below.
name = "other"
list = [
  "x",
]
"""


def test_what_is_said_stands_and_all_else_is_a_comment() -> None:
    assert (
        starter_text(REFERENCE, {"name": "mine"}, {"compose": ("b.yaml", "c.yaml")})
        == """\
# The manual.

# How it is called.
name = "mine"

# The files.
# compose = ["b.yaml", "c.yaml"]

# [deep]
# What is below.
# name = "other"
# list = [
#   "x",
# ]
"""
    )


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"name": "shop-2"},
        {"compose": ("a b.yaml", 'quo"te.yaml', "back\\slash.yaml", "ümläut\x7f.yaml")},
        {"name": "x", "compose": ("c.yaml",), "profiles": ("debug",), "env_files": ("d.env",)},
    ],
)
def test_the_real_manual_becomes_a_file_that_says_just_that(said: Mapping[str, Value]) -> None:
    text = starter_text(MANUAL, said, {"profiles": ("other",)})
    read = parse_project_file(tomllib.loads(text), "envctl.toml")
    assert read == ProjectFile(**said)  # type: ignore[arg-type]


def test_every_line_of_the_manual_is_still_there() -> None:
    lines = starter_text(MANUAL, {}, {}).splitlines()
    assert [line.removeprefix("# ") for line in lines] == [
        line.removeprefix("# ") for line in MANUAL.splitlines()
    ]


def test_files_for_containers_are_known_in_both_forms() -> None:
    services = {"a": {"env_file": [{"path": "/p/a.env", "required": True}]}, "b": None}
    assert env_files({"services": {**services, "c": {"env_file": ["/p/c.env"]}}}) == {
        "/p/a.env",
        "/p/c.env",
    }

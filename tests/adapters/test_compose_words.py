"""Compose's complaints, in our errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_words import unreadable, words_of
from envctl.adapters.process import Finished
from envctl.errors import EnvctlError

IN_TOKEN = "error while interpolating services.web.environment.TOKEN: required variable "


def error(stderr: str, *env_files: str) -> EnvctlError:
    options = ComposeOptions(Path("/p"), ("compose.yaml",), env_files)
    found = unreadable(Finished(1, "", stderr), options)
    assert isinstance(found, EnvctlError)
    return found


def test_a_variable_that_is_missing_is_named_under_a_key_that_sounds_like_a_secret() -> None:
    found = error(f"{IN_TOKEN}API_TOKEN is missing a value: set it\n")
    assert found.message == (
        f"Compose cannot read compose.yaml: {IN_TOKEN}API_TOKEN is missing a value: set it"
    )


def test_the_hint_says_where_a_missing_variable_is_to_be_set() -> None:
    said = f"{IN_TOKEN}API_TOKEN is missing a value: set it"
    assert error(said).hint == "set API_TOKEN in .env or in the environment"
    assert error(said, "a.env", "b.env").hint.startswith("set API_TOKEN in a.env, b.env or")
    assert error("yaml: line 4: mapping values").hint.startswith("mend the file")


@pytest.mark.parametrize(
    "said",
    [
        "services.web.environment.TOKEN: s3cret",
        "password=s3cret: required variable A is missing a value",
        f"{IN_TOKEN}A is missing a value: password=s3cret",
        f"{IN_TOKEN}A is missing a value token: s3cret",
    ],
)
def test_secrets_beside_it_stay_hidden(said: str) -> None:
    assert "s3cret" not in words_of(said)

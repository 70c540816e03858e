"""What a project says its releases are run with in development."""

from __future__ import annotations

import json
from typing import Any

import pytest

from envctl.config.release.development import Development, SecretFile, development_of
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import ConfigurationError


def said(**model: Any) -> Development:
    return development_of(ComposeDefinition(json.dumps({"services": {}, **model}).encode()))


def test_a_project_that_says_nothing_has_no_values() -> None:
    assert said() == Development()


def test_variables_have_values_that_are_texts() -> None:
    values = {"MAIL": "smtp://mail", "PORT": 25, "DEBUG": True, "EMPTY": ""}
    found = said(**{"x-envctl": {"development": values}})
    assert found.variables == {"MAIL": "smtp://mail", "PORT": "25", "DEBUG": "true", "EMPTY": ""}


def test_a_secret_has_a_text_for_the_file_that_its_variable_names() -> None:
    own = {"x-envctl": {"development": "not-a-secret"}}
    secrets = {
        "password": {"file": "${PASSWORD_FILE:?the file with the secret password}", **own},
        "token": {"file": "${TOKEN_FILE}"},
        "key": {"environment": "KEY", **own},
        "pem": {"environment": "PEM"},
        "fixed": {"file": "/etc/fixed"},
    }
    found = said(secrets=secrets, configs={"motd": {"environment": "MOTD"}})
    assert found.files == (
        SecretFile("password", "PASSWORD_FILE", "not-a-secret"),
        SecretFile("token", "TOKEN_FILE", None),
    )
    assert found.variables == {"KEY": "not-a-secret"}
    assert found.named == ("MOTD", "KEY", "PEM")
    assert found.file_of("TOKEN_FILE") == SecretFile("token", "TOKEN_FILE")
    assert found.file_of("KEY") is None


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ({"x-envctl": 1}, "x-envctl: 1 is not a mapping"),
        ({"x-envctl": {"development": ["A=1"]}}, "not a mapping of variables"),
        ({"x-envctl": {"development": {"a b": "1"}}}, "'a b' is no name of a variable"),
        ({"x-envctl": {"development": {"A": [1]}}}, "x-envctl.development.A is neither a text"),
        (
            {"secrets": {"s": {"file": "${S}", "x-envctl": {"development": {}}}}},
            "secrets.s.x-envctl.development is neither a text nor a number",
        ),
    ],
)
def test_what_is_no_text_is_told_with_its_place(model: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint.replace("(", r"\(")):
        said(**model)


def test_a_development_secret_is_not_shown_with_the_object() -> None:
    own = {"x-envctl": {"development": "canary-4711"}}
    found = said(secrets={"s": {"file": "${S}", **own}, "t": {"environment": "T", **own}})
    assert "canary" not in repr(found)

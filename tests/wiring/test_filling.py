"""A release is filled in with all its values, by Compose itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from envctl.adapters.stage_settings import StageSettings
from envctl.config.release.env_text import env_text
from envctl.config.release.host_demands_model import model_demands
from envctl.config.release.writing import compose_bytes
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import ConfigurationError
from envctl.wiring.filling import Filling, fill_in

pytestmark = pytest.mark.process

TRICKY = "a'b\"c\\d$e${F}\n#g\ttab end "
DEVELOPMENT = {"x-envctl": {"development": {"MAIL": "smtp://mail", "PORT": 25}}}
PASSWORD = {"file": "${PASSWORD_FILE:?the file with the secret password}"}


def definition(**model: Any) -> ComposeDefinition:
    used = {"secrets": [*model.get("secrets", {})]}
    web = {"image": "web", **used, **model.pop("web", {})}
    return ComposeDefinition(compose_bytes({"services": {"web": web}, **model}))


def filled(folder: Path, made: ComposeDefinition) -> dict[str, Any]:
    """Return the model as whoever comes later reads it, with .env alone."""
    model, files = StageSettings("x", (str(folder / ".env"),), folder).read(made, "p")
    said = model["services"]["web"].get("environment", {})
    values = {k: v and v.replace("$$", "$") for k, v in said.items()}
    return {**values, **{k[1]: v for k, v in files.items()}}


def variables(*names: str) -> dict[str, str]:
    return {name: f"${{{name}:?what {name} is for}}" for name in names}


def test_development_values_fill_in_what_nobody_says(tmp_path: Path) -> None:
    made = definition(web={"environment": variables("MAIL", "PORT")}, **DEVELOPMENT)
    fill_in(made, tmp_path, Filling())
    assert filled(tmp_path, made) == {"MAIL": "smtp://mail", "PORT": "25"}


def test_all_that_is_lacking_is_named_at_once_with_what_helps(tmp_path: Path) -> None:
    made = definition(
        web={"environment": variables("A", "B") | {"C": "${C}"}}, secrets={"password": PASSWORD}
    )
    with pytest.raises(ConfigurationError) as caught:
        fill_in(made, tmp_path, Filling())
    assert caught.value.message == (
        "the release needs A (what A is for), B (what B is for), C, "
        "PASSWORD_FILE (the file with the secret password), and nothing here says it"
    )
    assert caught.value.hint.startswith("--env-file FILE")


def test_each_is_asked_for_once_and_answers_are_kept(tmp_path: Path) -> None:
    made = definition(web={"environment": variables("A")}, secrets={"password": PASSWORD})
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return TRICKY

    fill_in(made, tmp_path, Filling(ask=ask))
    assert asked == ["A (what A is for)", "the secret password"]
    assert filled(tmp_path, made) == {"A": TRICKY, "password": TRICKY.encode()}
    fill_in(made, tmp_path, Filling())
    assert filled(tmp_path, made) == {"A": TRICKY, "password": TRICKY.encode()}


def test_files_come_before_development_and_the_environment_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = definition(web={"environment": variables("MAIL", "PORT")}, **DEVELOPMENT)
    (tmp_path / "my.env").write_text("MAIL=file\nPORT=file\nUNUSED=1\n")
    monkeypatch.setenv("PORT", "environment")
    said = fill_in(made, tmp_path, Filling((tmp_path / "my.env",)))
    assert said.from_environment == ("PORT",)
    monkeypatch.delenv("PORT")
    assert filled(tmp_path, made) == {"MAIL": "file", "PORT": "environment"}


def test_a_development_value_that_changes_is_followed_and_a_given_one_stays(tmp_path: Path) -> None:
    made = definition(web={"environment": variables("MAIL", "PORT")}, **DEVELOPMENT)
    (tmp_path / "my.env").write_text("PORT=99\n")
    fill_in(made, tmp_path, Filling((tmp_path / "my.env",)))
    other = {"x-envctl": {"development": {"MAIL": "smtp://new", "PORT": 26}}}
    later = definition(web={"environment": variables("MAIL", "PORT")}, **other)
    fill_in(later, tmp_path, Filling())
    assert filled(tmp_path, later) == {"MAIL": "smtp://new", "PORT": "99"}


def test_a_secret_is_a_file_that_containers_can_read(tmp_path: Path) -> None:
    secret = {**PASSWORD, "x-envctl": {"development": "not-a-secret"}}
    made = definition(secrets={"password": secret})
    fill_in(made, tmp_path, Filling())
    assert filled(tmp_path, made) == {"password": b"not-a-secret"}
    (path,) = (tmp_path / "secrets").rglob("password")
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_somebody_names_is_copied_and_stays_when_it_goes(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "pw.txt").write_text("mine")
    (here / "my.env").write_text("PASSWORD_FILE=pw.txt\n")
    secret = {**PASSWORD, "x-envctl": {"development": "not-a-secret"}}
    made = definition(secrets={"password": secret})
    fill_in(made, tmp_path / "p", Filling((here / "my.env",), base=here))
    (here / "pw.txt").unlink()
    fill_in(made, tmp_path / "p", Filling())
    assert filled(tmp_path / "p", made) == {"password": b"mine"}


def test_a_secret_whose_file_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "my.env").write_text("PASSWORD_FILE=/nowhere\n")
    with pytest.raises(ConfigurationError, match="secret password cannot be read from /nowhere"):
        fill_in(
            definition(secrets={"password": PASSWORD}), tmp_path, Filling((tmp_path / "my.env",))
        )


def test_a_secret_that_is_a_variable_is_needed_too(tmp_path: Path) -> None:
    made = definition(secrets={"key": {"environment": "KEY"}})
    with pytest.raises(ConfigurationError, match="the release needs KEY"):
        fill_in(made, tmp_path, Filling())
    own = {"x-envctl": {"development": TRICKY.replace("$", "$$")}}
    made = definition(secrets={"key": {"environment": "KEY", **own}})
    fill_in(made, tmp_path, Filling())
    assert filled(tmp_path, made) == {"key": TRICKY.encode()}


def test_what_compose_calls_the_playground_is_not_kept(tmp_path: Path) -> None:
    made = definition(web={"environment": {"NAME": "${COMPOSE_PROJECT_NAME}"}})
    fill_in(made, tmp_path, Filling())
    assert filled(tmp_path, made) == {"NAME": "p"}


def test_others_cannot_read_the_settings(tmp_path: Path) -> None:
    fill_in(definition(), tmp_path, Filling())
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("value", ["", "a b", "a#b", "'", '"', "$A ${B}", "a\\nb", TRICKY, "ä€"])
def test_a_value_comes_back_from_a_file_as_it_is(tmp_path: Path, value: str) -> None:
    (tmp_path / "v.env").write_text(env_text({"A": value}))
    made = definition(web={"environment": variables("A") if value else {"A": "${A?}"}})
    model, _ = StageSettings("x", ("v.env",), tmp_path).read(made, "p")
    assert model["services"]["web"]["environment"]["A"].replace("$$", "$") == value


def test_what_a_service_takes_as_it_is_here_is_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "1")
    made = definition(web={"environment": ["MINE", "NOBODYS", "SET=2"]})
    assert fill_in(made, tmp_path, Filling()).from_environment == ("MINE",)
    monkeypatch.delenv("MINE")
    assert filled(tmp_path, made)["MINE"] == "1"


def test_a_secret_may_be_named_without_braces(tmp_path: Path) -> None:
    own = {"x-envctl": {"development": "\N{GRINNING FACE}"}}
    made = definition(secrets={"password": {"file": "$PW", **own}})
    fill_in(made, tmp_path, Filling())
    assert filled(tmp_path, made) == {"password": "\N{GRINNING FACE}".encode()}


def test_a_file_that_is_named_by_its_whole_path_is_the_playgrounds_own_afterwards(
    tmp_path: Path,
) -> None:
    (tmp_path / "pw").write_text("mine")
    (tmp_path / "my.env").write_text(f"PASSWORD_FILE={tmp_path}/pw\n")
    made = definition(secrets={"password": PASSWORD})
    said = fill_in(made, tmp_path / "p", Filling((tmp_path / "my.env",)))
    assert model_demands(said.model, tmp_path / "p") == ()
    assert filled(tmp_path / "p", made) == {"password": b"mine"}

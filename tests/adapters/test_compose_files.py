from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.compose_files import compose_files, with_overlay
from envctl.adapters.compose_options import ComposeOptions


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    monkeypatch.delenv("COMPOSE_PATH_SEPARATOR", raising=False)


def test_named_files_are_the_files(tmp_path: Path) -> None:
    assert compose_files(ComposeOptions(tmp_path, ("a", "b"))) == ("a", "b")


def test_files_may_be_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "a:b")
    assert compose_files(ComposeOptions(tmp_path)) == ("a", "b")
    monkeypatch.setenv("COMPOSE_PATH_SEPARATOR", ",")
    assert compose_files(ComposeOptions(tmp_path)) == ("a:b",)


def test_without_names_they_are_what_compose_finds(tmp_path: Path) -> None:
    assert compose_files(ComposeOptions(tmp_path)) == ()
    for name in ("docker-compose.yml", "compose.yml", "compose.override.yaml"):
        (tmp_path / name).touch()
    assert compose_files(ComposeOptions(tmp_path)) == ("compose.yml", "compose.override.yaml")


def test_an_overlay_comes_last(tmp_path: Path) -> None:
    options = ComposeOptions(tmp_path, ("a",))
    assert with_overlay(options, "stage.yaml").files == ("a", "stage.yaml")
    assert with_overlay(options, "") is options

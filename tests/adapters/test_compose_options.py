from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.compose_options import ComposeOptions, chosen_here


def test_the_environment_chooses_where_the_project_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("COMPOSE_ENV_FILES", "")
    assert chosen_here(ComposeOptions(Path("/p"))) == ("COMPOSE_FILE", "COMPOSE_PROFILES")
    options = ComposeOptions(Path("/p"), files=("a.yaml",), profiles=("b",))
    assert chosen_here(options) == ()

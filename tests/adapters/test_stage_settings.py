"""What a stage's settings lack is said in one go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from envctl.adapters.stage_settings import StageSettings
from envctl.domain.compose_artifact import ComposeDefinition
from envctl.errors import ConfigurationError

pytestmark = pytest.mark.process

WEB = {
    "image": "web",
    "environment": {"A": "${A}", "B": "${B:?what B is for}", "C": "${C?}"},
}


def definition(**web: object) -> ComposeDefinition:
    return ComposeDefinition(json.dumps({"services": {"web": {**WEB, **web}}}).encode())


def test_everything_that_has_no_value_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        StageSettings("live", (), tmp_path).read(definition(), "shop-live")
    assert caught.value.message == "the stage live has no value for A, B (what B is for), C"
    assert "stages.live.env_file" in caught.value.hint


def test_what_an_env_file_says_is_not_lacking(tmp_path: Path) -> None:
    (tmp_path / "live.env").write_text("A=\nB=b\nC=c\n")
    model, _ = StageSettings("live", ("live.env",), tmp_path).read(definition(), "shop-live")
    assert model["services"]["web"]["environment"] == {"A": "", "B": "b", "C": "c"}


def test_what_lacks_is_named_where_its_key_sounds_like_a_secret(tmp_path: Path) -> None:
    made = definition(environment={"TOKEN": "${API_TOKEN:?set it}", "PASSWORD": "${PW?}"})
    with pytest.raises(ConfigurationError) as caught:
        StageSettings("live", (), tmp_path).read(made, "shop-live")
    assert caught.value.message == "the stage live has no value for API_TOKEN (set it), PW"


def test_what_lacks_is_named_where_a_stand_in_for_it_is_no_good(tmp_path: Path) -> None:
    made = definition(cap_add="${D:?}")
    with pytest.raises(ConfigurationError, match=r"has no value for B \(what B is for\), C"):
        StageSettings("live", (), tmp_path).read(made, "shop-live")

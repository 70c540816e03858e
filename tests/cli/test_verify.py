"""`verify` on the command line: what it prints and how it ends are the same verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envctl.cli.main import run
from envctl.domain.differing_settings import StageModel
from envctl.domain.verification import StageProof
from envctl.wiring import stage_looks
from envctl.workflows.verify import Verified

TOML = 'name = "shop"\n[stages.integration]\n[stages.live]\n'


def seen(stage: str, release: str, *complaints: str) -> Verified:
    proof = StageProof(stage, f"sha256:{release * 64}", f"{release}.0", (), complaints)
    return Verified(proof, StageModel({}, {}))


@pytest.mark.parametrize(
    ("words", "found", "code"),
    [
        (["integration", "live"], [seen("integration", "1"), seen("live", "1")], 0),
        (["integration", "live"], [seen("integration", "1"), seen("live", "2")], 1),
        ([], [seen("integration", "1"), seen("live", "2")], 0),
        (["live"], [seen("live", "1", "the edge serves nothing")], 1),
    ],
    ids=["the same", "compared and different", "not compared", "unproved"],
)
def test_what_json_says_holds_is_what_the_exit_code_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    found: list[Verified],
    code: int,
) -> None:
    def verified(*_: Any) -> list[Verified]:
        return found

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stage_looks, "verified", verified)
    (tmp_path / "envctl.toml").write_text(TOML)
    assert run(["verify", *words, "--json"]) == code
    assert json.loads(capsys.readouterr().out)["holds"] is (code == 0)
    assert run(["verify", *words]) == code

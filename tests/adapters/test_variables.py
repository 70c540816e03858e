from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.variables import variable_digest


def test_the_environment_comes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = tmp_path / ".env"
    env.write_text("TOKEN=file\n")
    by_file = variable_digest("TOKEN", [env])
    monkeypatch.setenv("TOKEN", "one")
    one = variable_digest("TOKEN", [env])
    monkeypatch.setenv("TOKEN", "two")
    assert len({by_file, one, variable_digest("TOKEN", [env])}) == 3


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("TOKEN=a\nOTHER=1\n", "OTHER=2\nTOKEN=a\n", True),
        ("TOKEN=a\nMY_TOKEN=1\n", "TOKEN=a\nMY_TOKEN=2\n", True),
        ("TOKEN=a\n", "TOKEN=b\n", False),
        ("export TOKEN = a\n", "export TOKEN = b\n", False),
        ('TOKEN="a\nb"\n', 'TOKEN="a\nc"\n', False),
        ("TOKEN=a\n", "", False),
    ],
)
def test_of_a_file_what_says_the_variable_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: str, two: str, *, same: bool
) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    env = tmp_path / ".env"
    env.write_text(one)
    before = variable_digest("TOKEN", [tmp_path / "none", env])
    env.write_text(two)
    assert (variable_digest("TOKEN", [tmp_path / "none", env]) == before) is same


def test_what_nothing_says_has_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    assert variable_digest("TOKEN", [tmp_path / "none"]) is None

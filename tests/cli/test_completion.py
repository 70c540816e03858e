from __future__ import annotations

from pathlib import Path

import pytest

from envctl.cli.completion import complete_services
from envctl.cli.root import call_parser

MODEL = '{"name": "shop", "services": {"api": {}, "app": {}, "db": {}}}'


def completed(incomplete: str, *options: str) -> list[str]:
    return complete_services(incomplete, call_parser().understand([*options, "up"]))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Compose file, and a docker command that answers with the model of three."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho \"$*\" > {tmp_path}/call\ncat <<'END'\n{MODEL}\nEND\n")
    docker.chmod(0o755)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "compose.yaml").touch()
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/bin:/bin")
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.process
@pytest.mark.parametrize(
    ("incomplete", "names"), [("", ["api", "app", "db"]), ("ap", ["api", "app"]), ("x", [])]
)
@pytest.mark.usefixtures("project")
def test_services_that_begin_so_are_offered(incomplete: str, names: list[str]) -> None:
    assert completed(incomplete) == names


@pytest.mark.process
def test_the_options_before_the_verb_choose_the_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "other.yaml").touch()
    monkeypatch.chdir(tmp_path)
    options = ["-C", str(project), "-f", "other.yaml", "--profile", "debug", "--name", "mine"]
    assert completed("d", *options) == ["db"]
    call = (tmp_path / "call").read_text()
    assert "--file other.yaml" in call
    assert "--profile debug" in call
    assert "--project-name mine" in call


@pytest.mark.process
@pytest.mark.parametrize("content", [None, "", "nam = 1"])
def test_a_project_that_cannot_be_read_offers_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    if content is not None:
        (tmp_path / "envctl.toml").write_text(content)
    assert completed("") == []
    assert capsys.readouterr() == ("", "")

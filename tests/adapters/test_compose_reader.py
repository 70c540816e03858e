"""The model is Compose's own, asked for once and then known; see also tests/corpus."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from envctl.adapters.compose_options import ComposeOptions
from envctl.adapters.compose_reader import ComposeReader
from envctl.adapters.compose_yaml import read_yaml
from envctl.adapters.model_cache import cache_folder
from envctl.errors import ConfigurationError

pytestmark = pytest.mark.engine

FILE = "services: {a: {image: 'a:${TAG:-1}', environment: {B: '${UNSET}'}, x-own: [1, 'y']}}\n"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "compose.yaml").write_text(FILE)
    return folder


def read(folder: Path) -> tuple[object, list[str]]:
    notes: list[str] = []
    return ComposeReader(ComposeOptions(folder), notes.append).model(), notes


def test_the_model_and_the_notes_are_those_of_compose_each_time(project: Path) -> None:
    plain = subprocess.run(
        ["docker", "compose", "config"], cwd=project, capture_output=True, text=True, check=True
    )
    for _ in range(2):
        model, notes = read(project)
        assert model == read_yaml(plain.stdout)
        assert notes == ['The "UNSET" variable is not set. Defaulting to a blank string.']


def test_the_second_time_nothing_is_called(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(project)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert read(project) == first


def test_a_variable_that_is_set_is_noticed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = read(project)
    monkeypatch.setenv("TAG", "2")
    second, _ = read(project)
    assert (first, second) == (first, read(project)[0])
    assert "a:2" in str(second)


def test_what_compose_refuses_is_refused_each_time_and_kept_never(project: Path) -> None:
    (project / "compose.yaml").write_text("services: {a: {imagine: b}}")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="imagine"):
            read(project)
    assert not cache_folder().exists()


def test_a_file_that_is_broken_after_it_was_right_is_refused(project: Path) -> None:
    read(project)
    (project / "compose.yaml").write_text("services: [")
    with pytest.raises(ConfigurationError):
        read(project)
    (project / "compose.yaml").write_text(FILE)
    assert "a:1" in str(read(project)[0])


def test_as_written_nothing_is_filled_in_and_nothing_named(project: Path) -> None:
    reader = ComposeReader(ComposeOptions(project), lambda _: None)
    own = {"image": "a:${TAG:-1}", "environment": {"B": "${UNSET}"}, "x-own": [1, "y"]}
    assert reader.written() == {"services": {"a": own}}


def test_as_written_it_is_kept_apart(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ComposeReader(ComposeOptions(project), lambda _: None)
    both = reader.model(), reader.written()
    monkeypatch.setattr(subprocess, "Popen", None)
    assert (reader.model(), reader.written()) == both
    assert both[0] != both[1]

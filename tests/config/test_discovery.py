from __future__ import annotations

from pathlib import Path

import pytest

from envctl.config.discovery import COMPOSE_FILES, PROJECT_FILE, find_files, find_project
from envctl.errors import ConfigurationError


@pytest.mark.parametrize("name", [PROJECT_FILE, *COMPOSE_FILES])
def test_a_folder_with_a_known_file_is_a_project(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert find_project(tmp_path) == tmp_path


def test_a_project_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").touch()
    below = tmp_path / "images" / "api"
    below.mkdir(parents=True)
    assert find_project(below) == tmp_path


def test_an_env_file_that_names_the_compose_file_is_a_project(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("A=1\nexport COMPOSE_FILE=deploy/dev.yaml\n")
    below = tmp_path / "deploy"
    below.mkdir()
    assert find_project(below) == tmp_path
    env.write_text("# COMPOSE_FILE=deploy/dev.yaml\nMY_COMPOSE_FILE=x\n")
    with pytest.raises(ConfigurationError):
        find_project(below)


def test_the_nearest_project_wins(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).touch()
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "docker-compose.yml").touch()
    assert find_project(inner) == inner


def test_a_folder_named_like_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).touch()
    inner = tmp_path / "inner"
    (inner / "compose.yaml").mkdir(parents=True)
    assert find_project(inner) == tmp_path


def test_no_project_up_to_the_root_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_project(tmp_path)
    assert caught.value.message == (
        f"no envctl.toml and no Compose file in {tmp_path} or a folder above it"
    )
    assert "--file" in caught.value.hint


def compose(folder: Path, name: str = "compose.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("services: {}\n")
    return folder


def test_files_that_compose_finds_need_no_names(tmp_path: Path) -> None:
    compose(tmp_path)
    (tmp_path / "deep").mkdir()
    assert find_files(tmp_path / "deep", ()) == (tmp_path, ())


def test_files_in_the_one_folder_below_have_to_be_named(tmp_path: Path) -> None:
    compose(tmp_path / "deploy", "docker-compose.yml")
    (tmp_path / "other").mkdir()
    assert find_files(tmp_path, ()) == (tmp_path, ("deploy/docker-compose.yml",))
    compose(tmp_path / "deploy", "docker-compose.override.yml")
    named = ("deploy/docker-compose.yml", "deploy/docker-compose.override.yml")
    assert find_files(tmp_path, ()) == (tmp_path, named)


def test_files_in_several_folders_below_are_not_chosen_from(tmp_path: Path) -> None:
    compose(tmp_path / "a")
    compose(tmp_path / "b")
    with pytest.raises(ConfigurationError, match="and some in a, b"):
        find_files(tmp_path, ())


def test_no_files_anywhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Compose file"):
        find_files(tmp_path, ())


def test_files_that_were_named_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compose(tmp_path)
    assert find_files(tmp_path, ("x.yaml",)) == (tmp_path, ("x.yaml",))
    monkeypatch.setenv("COMPOSE_FILE", "a.yaml:b.yaml")
    assert find_files(tmp_path, ()) == (tmp_path, ("a.yaml", "b.yaml"))
    assert find_files(tmp_path, ("x.yaml",)) == (tmp_path, ("x.yaml",))

from __future__ import annotations

from pathlib import Path

import pytest

from envctl.config.discovery import COMPOSE_FILES, PROJECT_FILE, find_project
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

"""Which files an answer of Compose depends on: at least those that it reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from envctl.adapters.compose_references import Unclear
from envctl.adapters.compose_sources import Sources, find_sources

PLAIN = "services: {a: {image: a}}\n"


def sources(
    folder: Path,
    files: tuple[str, ...] = (),
    env_files: tuple[str, ...] = (),
    **environment: str,
) -> Sources:
    return find_sources(str(folder), files, env_files, environment)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read_from(found: Sources, folder: Path) -> set[str]:
    """Return the files that are there, relative to `folder`."""
    there = [path for path, state in found.states.items() if state.startswith("sha256:")]
    return {os.path.relpath(path, folder) for path in there}


def missing_from(found: Sources, folder: Path) -> set[str]:
    gone = [path for path, state in found.states.items() if state.startswith("none")]
    return {os.path.relpath(path, folder) for path in gone}


def test_the_default_files_and_those_that_would_be_preferred(tmp_path: Path) -> None:
    write(tmp_path, docker_compose_yml="", compose_yml=PLAIN, compose_override_yaml=PLAIN)
    (tmp_path / "docker.compose.yml").rename(tmp_path / "docker-compose.yml")
    found = sources(tmp_path)
    assert read_from(found, tmp_path) == {
        "compose.yml",
        "docker-compose.yml",
        "compose.override.yaml",
    }
    assert {"compose.yaml", ".env", "compose.override.yml"} <= missing_from(found, tmp_path)


def test_the_default_file_of_a_folder_above(tmp_path: Path) -> None:
    write(tmp_path, compose_yaml=PLAIN, _env="A=1")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = sources(below)
    assert read_from(found, tmp_path) == {"compose.yaml", ".env"}
    assert {"a/b/compose.yaml", "a/docker-compose.yml"} <= missing_from(found, tmp_path)


def test_named_files_their_env_files_and_no_default_ones(tmp_path: Path) -> None:
    write(tmp_path, sub__one_yaml=PLAIN, two_yaml=PLAIN, compose_yaml=PLAIN, my_env="A=1")
    write(tmp_path, sub___env="B=2")
    found = sources(tmp_path, ("sub/one.yaml", "two.yaml"), ("my.env",))
    assert read_from(found, tmp_path) == {"sub/one.yaml", "two.yaml", "my.env", "sub/.env"}
    assert {"A", "B"} <= found.words


def test_files_named_by_the_environment(tmp_path: Path) -> None:
    write(tmp_path, one_yaml=PLAIN, two_yaml=PLAIN, three_env="C=3")
    found = sources(tmp_path, COMPOSE_FILE="one.yaml:two.yaml", COMPOSE_ENV_FILES="three.env")
    assert read_from(found, tmp_path) == {"one.yaml", "two.yaml", "three.env"}
    found = sources(tmp_path, COMPOSE_FILE="one.yaml,two.yaml", COMPOSE_PATH_SEPARATOR=",")
    assert read_from(found, tmp_path) == {"one.yaml", "two.yaml"}


def test_files_named_by_the_env_file(tmp_path: Path) -> None:
    write(tmp_path, one_yaml=PLAIN, two_yaml=PLAIN, compose_yaml=PLAIN)
    write(tmp_path, _env="# COMPOSE_FILE=no.yaml\nA=1\nCOMPOSE_FILE=one.yaml:two.yaml\n")
    assert read_from(sources(tmp_path), tmp_path) == {"one.yaml", "two.yaml", ".env"}


@pytest.mark.parametrize(
    "text",
    [
        "COMPOSE_FILE='one.yaml'\n",
        "COMPOSE_FILE=$A.yaml\n",
        "COMPOSE_FILE=one.yaml\nCOMPOSE_FILE=two.yaml\n",
        "A='\nCOMPOSE_FILE=one.yaml\n'\n",
        "COMPOSE_PATH_SEPARATOR=,\n",
        "COMPOSE_DISABLE_ENV_FILE=1\n",
    ],
)
def test_an_env_file_that_chooses_files_in_other_words_is_unclear(
    tmp_path: Path, text: str
) -> None:
    write(tmp_path, one_yaml=PLAIN, compose_yaml=PLAIN, _env=text)
    with pytest.raises(Unclear):
        sources(tmp_path)


def test_files_are_followed_through_files_wherever_they_may_be(tmp_path: Path) -> None:
    write(
        tmp_path,
        compose_yaml="include: [{path: sub/a.yaml, project_directory: there}]",
        sub__a_yaml="services: {a: {extends: {file: ../base/b.yaml, service: b}, env_file: a.env}}",
        base__b_yaml="services: {b: {env_file: b.env, label_file: b.labels}}",
        base__b_env="",
        base__b_labels="",
        there__a_env="",
        there___env="",
    )
    assert read_from(sources(tmp_path), tmp_path) == {
        "compose.yaml", "sub/a.yaml", "base/b.yaml", "base/b.env", "base/b.labels",
        "there/a.env", "there/.env",
    }  # fmt: skip


def test_an_env_file_that_is_not_there_counts(tmp_path: Path) -> None:
    write(tmp_path, compose_yaml="services: {a: {env_file: [{path: a.env, required: false}]}}")
    assert "a.env" in missing_from(sources(tmp_path), tmp_path)


def test_the_home_folder_is_meant_by_a_tilde(tmp_path: Path) -> None:
    write(tmp_path, project__compose_yaml="services: {a: {env_file: ~/a.env}}", home__a_env="")
    found = sources(tmp_path / "project", HOME=str(tmp_path / "home"))
    assert read_from(found, tmp_path) == {"project/compose.yaml", "home/a.env"}


def test_links_are_followed_where_compose_follows_them(tmp_path: Path) -> None:
    write(tmp_path, compose_yaml="services: {a: {develop: {watch: [{path: src}]}}}")
    (tmp_path / "src").symlink_to("real")
    assert sources(tmp_path).places[f"{tmp_path}/src"] == f"{tmp_path}/real"


@pytest.mark.parametrize(
    "text",
    [
        "include: [oci://example.com/a]",
        "include: ['https://example.com/a.git']",
        "include: ['git@example.com:a']",
        "include: [github.com/a/b]",
        "include: [$A.yaml]",
        "services: {a: {env_file: '${A}.env'}}",
        "services: {a: {extends: {file: '$A', service: b}}}",
        "services: {a: {develop: {watch: [{path: $A}]}}}",
        "services: {a: {env_file: pipe}}",
        "services: {a: {env_file: /dev/null}}",
    ],
)
def test_what_cannot_be_read_again_is_unclear(tmp_path: Path, text: str) -> None:
    write(tmp_path, compose_yaml=text)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unclear):
        sources(tmp_path)


def test_standard_input_is_unclear(tmp_path: Path) -> None:
    with pytest.raises(Unclear):
        sources(tmp_path, ("-",))


def test_paths_that_compose_takes_from_where_it_was_started_are_unclear(tmp_path: Path) -> None:
    """In an included file, `include` with an env file: seen with Compose 2.40."""
    write(
        tmp_path,
        compose_yaml="include: [sub/a.yaml]",
        sub__a_yaml="include: [{path: b.yaml, env_file: e.env}]",
    )
    with pytest.raises(Unclear):
        sources(tmp_path)


def test_files_that_lead_to_each_other_end(tmp_path: Path) -> None:
    write(tmp_path, compose_yaml="include: [a/b.yaml]", a__b_yaml="include: [../compose.yaml]")
    assert read_from(sources(tmp_path), tmp_path) == {"compose.yaml", "a/b.yaml"}


def test_too_many_folders_are_unclear(tmp_path: Path) -> None:
    names = [f"{number}.yaml/compose.yaml" for number in range(50)]
    write(tmp_path, compose_yaml=f"include: [{', '.join(names)}]")
    for name in names:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(PLAIN)
    with pytest.raises(Unclear):
        sources(tmp_path)


def test_a_file_written_since_is_a_change(tmp_path: Path) -> None:
    write(tmp_path, compose_yaml=PLAIN)
    found = sources(tmp_path)
    assert found.unchanged()
    (tmp_path / "compose.yaml").write_text(PLAIN)
    assert not found.unchanged()


def test_a_file_that_appeared_since_is_a_change(tmp_path: Path) -> None:
    write(tmp_path, compose_yaml=PLAIN)
    found = sources(tmp_path)
    write(tmp_path, _env="")
    assert not found.unchanged()

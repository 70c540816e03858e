"""An answer is used again while all that it depends on is as it was, and no longer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from envctl.adapters import model_cache, tools
from envctl.adapters.model_cache import Answer, ModelCache, cache_folder

ANSWER = Answer({"name": "a", "services": {"a": {"x-n": 1.5, "image": "a:$$b"}}}, ("a note",))


class Project:
    """A folder with a Compose file, and a docker command that nobody calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.tools = folder / "tools"
        self.plugin = self.tools / "cli-plugins" / "docker-compose"
        self.plugin.parent.mkdir(parents=True)
        self.plugin.touch()
        (self.tools / "docker").touch(mode=0o755)
        self.write("compose.yaml", "services: {a: {image: 'a:${TAG}', environment: [my-name]}}")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def cache(self, *arguments: str) -> ModelCache:
        return ModelCache(self.folder, arguments)

    def keep(self) -> None:
        cache = self.cache()
        cache.keep(ANSWER, cache.sources())

    def known(self) -> bool:
        return self.cache().find() is not None

    @property
    def entry(self) -> Path:
        (path,) = cache_folder().iterdir()
        return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    monkeypatch.setattr(tools, "_FOLDERS", ())
    monkeypatch.setenv("PATH", str(project.tools))
    monkeypatch.setenv("DOCKER_CONFIG", str(project.tools))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TAG", raising=False)
    return project


def test_an_answer_is_found_again_as_it_was(project: Project) -> None:
    assert not project.known()
    project.keep()
    assert project.cache().find() == ANSWER


def change_the_file(project: Project, environ: pytest.MonkeyPatch) -> None:
    project.write("compose.yaml", "services: {a: {image: 'b:${TAG}', environment: [my-name]}}")


def change_the_file_but_not_its_size_and_time(
    project: Project, environ: pytest.MonkeyPatch
) -> None:
    path = project.folder / "compose.yaml"
    before = path.stat()
    path.write_text(path.read_text().replace("image", "imagf"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def remove_the_file(project: Project, environ: pytest.MonkeyPatch) -> None:
    (project.folder / "compose.yaml").unlink()


def add_an_env_file(project: Project, environ: pytest.MonkeyPatch) -> None:
    project.write(".env", "TAG=1")


def add_an_override(project: Project, environ: pytest.MonkeyPatch) -> None:
    project.write("compose.override.yml", "")


def set_a_variable(project: Project, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("TAG", "")


def set_a_variable_with_an_odd_name(project: Project, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("my-name", "x")


def set_what_compose_reads(project: Project, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("COMPOSE_PROFILES", "x")


def move_home(project: Project, environ: pytest.MonkeyPatch) -> None:
    environ.setenv("HOME", "/elsewhere")


def upgrade_compose(project: Project, environ: pytest.MonkeyPatch) -> None:
    project.plugin.write_text("newer")


def upgrade_docker(project: Project, environ: pytest.MonkeyPatch) -> None:
    (project.tools / "docker").write_text("newer")


def use_another_docker(project: Project, environ: pytest.MonkeyPatch) -> None:
    other = project.tools / "other"
    other.mkdir()
    (other / "docker").touch(mode=0o755)
    environ.setenv("PATH", f"{other}:{project.tools}")


def use_another_plugin(project: Project, environ: pytest.MonkeyPatch) -> None:
    other = project.tools / "other"
    other.mkdir()
    (other / "docker-compose").touch()
    (project.tools / "config.json").write_text(f'{{"cliPluginsExtraDirs": ["{other}"]}}')


def upgrade_envctl(project: Project, environ: pytest.MonkeyPatch) -> None:
    environ.setattr(model_cache, "__version__", "0.0.0")


CHANGES = [
    change_the_file, change_the_file_but_not_its_size_and_time, remove_the_file,
    add_an_env_file, add_an_override, set_a_variable, set_a_variable_with_an_odd_name,
    set_what_compose_reads, move_home,
    upgrade_compose, upgrade_docker, use_another_docker, use_another_plugin, upgrade_envctl,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Project, pytest.MonkeyPatch], None],
) -> None:
    project.keep()
    change(project, monkeypatch)
    assert not project.known()


def test_what_no_file_names_changes_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.keep()
    monkeypatch.setenv("SOMETHING_ELSE", "x")
    monkeypatch.setenv("my-other-name", "x")
    project.write("README", "new")
    assert project.known()


def test_other_arguments_are_another_call(project: Project) -> None:
    project.keep()
    assert project.cache("--profile", "x").find() is None


def test_another_way_to_the_folder_is_another_call(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose names a project by the folder as $PWD says it."""
    project.keep()
    link = project.folder.parent / "link"
    link.symlink_to(project.folder)
    monkeypatch.setenv("PWD", str(link))
    assert not project.known()


def test_a_link_that_leads_elsewhere_is_noticed(project: Project) -> None:
    project.write("one/compose.yaml", "services: {a: {image: a}}")
    project.write("two/compose.yaml", "services: {a: {image: b}}")
    link = project.folder / "link.yaml"
    link.symlink_to("one/compose.yaml")
    cache = ModelCache(project.folder, (), ("link.yaml",))
    cache.keep(ANSWER, cache.sources())
    assert cache.find()
    link.unlink()
    link.symlink_to("two/compose.yaml")
    assert cache.find() is None


def test_what_changed_while_compose_read_it_is_not_kept(project: Project) -> None:
    cache = project.cache()
    sources = cache.sources()
    project.write("compose.yaml", (project.folder / "compose.yaml").read_text())
    cache.keep(ANSWER, sources)
    assert not project.known()


def test_tools_that_changed_meanwhile_keep_nothing(project: Project) -> None:
    cache = project.cache()
    sources = cache.sources()
    project.plugin.write_text("newer")
    cache.keep(ANSWER, sources)
    assert not project.known()


def test_what_is_unclear_is_not_kept(project: Project) -> None:
    project.write("compose.yaml", "include: [oci://example.com/a]")
    project.keep()
    assert not project.known()


def test_without_the_plugin_nothing_is_kept(project: Project) -> None:
    project.plugin.unlink()
    project.keep()
    assert not project.known()


def test_what_json_cannot_say_is_not_kept(project: Project) -> None:
    cache = project.cache()
    cache.keep(Answer({"a": {1: "a"}}), cache.sources())
    assert not project.known()


def test_only_the_owner_can_read_it(project: Project) -> None:
    cache_folder().mkdir(parents=True, mode=0o755)
    project.keep()
    assert cache_folder().stat().st_mode & 0o777 == 0o700
    assert project.entry.stat().st_mode & 0o777 == 0o600


def test_values_of_variables_are_not_in_it_twice(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model holds what Compose resolved; the key holds a digest."""
    monkeypatch.setenv("TAG", "hidden-value")
    project.keep()
    assert "hidden-value" not in project.entry.read_text()


@pytest.mark.parametrize("garbage", ["", "{", "[]", "{}", '{"stamp": 1}', "null", "\x00"])
def test_a_broken_entry_is_as_none(project: Project, garbage: str) -> None:
    project.keep()
    project.entry.write_text(garbage)
    assert not project.known()
    project.keep()
    assert project.known()


@pytest.mark.parametrize("part", ["stamp", "states", "places", "words", "notes", "model"])
def test_an_entry_with_a_broken_part_is_as_none(project: Project, part: str) -> None:
    project.keep()
    entry = json.loads(project.entry.read_text())
    project.entry.write_text(json.dumps({**entry, part: 7}))
    assert not project.known()


def test_a_folder_that_cannot_be_written_costs_only_time(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    project.keep()
    assert not project.known()


def test_old_entries_and_too_many_are_removed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_cache, "MOST_ENTRIES", 3)
    project.keep()
    for number in range(4):
        path = cache_folder() / f"{number}.json"
        path.touch()
        os.utime(path, (path.stat().st_mtime - 10 * (number + 1),) * 2)
    ancient = cache_folder() / "ancient.json"
    ancient.touch()
    os.utime(ancient, (0, 0))
    project.keep()
    kept = {path.name for path in cache_folder().iterdir()}
    assert len(kept) == 3
    assert {"0.json", "1.json"} < kept

"""Releases from first to last, on a real engine: made, listed, shown, compared, run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import Playground, remove_images
from tests.e2e.image_names import image_tags
from tests.e2e.releasing import clone, commit, git, release, repository, said, steps, writes
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


def edited(project: Playground, text: str = "edited") -> None:
    """Commit another page of api, at a later time."""
    project.write("api/page", text)
    project.environment["GIT_COMMITTER_DATE"] = "2040-01-31T23:59:59Z"
    commit(project)


def names(project: Playground) -> set[str]:
    """Return the names that the engine has for images of the project, without the project's."""
    tags = image_tags(EngineHttp())
    return {tag.removeprefix(project.name) for tag in tags if tag.startswith(f"{project.name}:")}


def image_of(made: dict[str, object], service: str) -> dict[str, str]:
    images = made["images"]
    assert isinstance(images, list)
    (found,) = [image for image in images if service in image["services"]]
    return dict(found)


def test_the_first_release_brings_everything_and_the_second_nothing(
    releasable: Playground, memory_registry: FakeRegistry
) -> None:
    first = release(releasable)
    version = first["version"]
    assert steps(first) == [
        "build api", "build web", "push api", "push web", "mirror db", f"publish {version}",
    ]  # fmt: skip
    place = memory_registry.repository(repository(releasable))
    tag = first["reference"].rpartition(":")[2]
    assert place.tags[tag] == first["digest"]
    assert image_of(first, "db")["origin"] == "busybox:1.35"
    memory_registry.requests.clear()
    assert release(releasable) == first | {"steps": []}
    assert writes(memory_registry) == []


def test_people_find_each_image_by_service_and_version(
    releasable: Playground, memory_registry: FakeRegistry
) -> None:
    made = release(releasable, "--version", "1.0")
    for service in ("api", "web", "db"):
        named = memory_registry.repository(f"{repository(releasable)}/{service}")
        assert named.tags == {"1.0": image_of(made, service)["digest"]}


def test_only_what_changed_is_built_and_pushed_for_the_next_release(releasable: Playground) -> None:
    before = release(releasable)
    edited(releasable)
    after = release(releasable)
    assert steps(after) == ["build api", "push api", f"publish {after['version']}"]
    assert image_of(after, "web") == image_of(before, "web")
    assert image_of(after, "api")["digest"] != image_of(before, "api")["digest"]


def test_releases_are_listed_shown_and_compared(releasable: Playground) -> None:
    before = release(releasable, "--version", "1.9")
    edited(releasable)
    after = release(releasable, "--version", "1.10")
    head = git(releasable, "rev-parse", "HEAD").strip()
    rows = said(releasable, "releases")
    assert [(row["version"], row["digest"]) for row in rows] == [
        ("1.10", after["digest"]), ("1.9", before["digest"]),
    ]  # fmt: skip
    assert rows[0]["commit"] == head
    assert rows[0]["created"] == "2040-01-31T23:59:59Z"
    shown = said(releasable, "show", "latest")
    assert (shown["version"], shown["images"]) == ("1.10", after["images"])
    assert said(releasable, "show", before["digest"][7:17])["version"] == "1.9"
    text = releasable.envctl("diff", "1.9", "1.10").stdout
    assert head[:12] in text
    assert "api" in text
    assert "web" not in text
    assert releasable.envctl("show", "2.0").code == 2


def test_it_is_explained_why_an_image_is_built_again(releasable: Playground) -> None:
    assert said(releasable, "explain", "api")["verdict"] == "build"
    release(releasable, "--version", "1")
    explained = said(releasable, "explain", "api", "--against", "1")
    assert (explained["verdict"], explained["differences"]) == ("use", [])
    releasable.write("api/page", "edited")
    for words in (("api",), ("api", "--against", "1")):
        explained = said(releasable, "explain", *words)
        assert explained["verdict"] == "build"
        assert "page" in str(explained["differences"])
        assert len(explained["differences"]) == 1


def test_a_release_runs_by_plain_compose_from_the_files_that_are_written(
    releasable: Playground, tmp_path: Path
) -> None:
    made = release(releasable)
    folder = tmp_path / "files"
    written = releasable.envctl("show", "latest", "--compose", str(folder))
    assert written.code == 0, written.stderr
    compose = ["docker", "compose", "-p", releasable.name, "-f", str(folder / "compose.yaml")]
    subprocess.run([*compose, "up", "--detach"], check=True, capture_output=True)
    runs = {s: releasable.container(s).attrs["Config"]["Image"] for s in ("api", "web", "db")}
    assert {s: name.rpartition("@")[2] for s, name in runs.items()} == {
        s: image_of(made, s)["digest"] for s in runs
    }
    assert page(releasable) == f"api of {releasable.name}"


def page(project: Playground) -> str:
    said = project.container("api").exec_run(["cat", "/page"]).output
    assert isinstance(said, bytes)
    return said.decode()


def test_a_fresh_clone_pulls_what_was_released_and_builds_nothing(
    releasable: Playground, memory_registry: FakeRegistry, tmp_path: Path
) -> None:
    release(releasable)
    remove_images(f"{releasable.name}:", f"{releasable.name}-", f"{memory_registry.address}/")
    fresh = clone(releasable, tmp_path / "fresh")
    plan = steps(said(fresh, "up", "--dry-run"))
    assert plan[:4] == ["pull api", "tag api", "pull web", "tag web"]
    fresh.up()
    assert page(fresh) == f"api of {fresh.name}"
    assert steps(said(fresh, "build", "--dry-run")) == []


def test_what_is_in_no_commit_is_named_so_and_never_released(releasable: Playground) -> None:
    releasable.write("api/page", "edited")
    assert releasable.envctl("build", "api").code == 0
    assert {name[:3] for name in names(releasable)} == {":d."}
    assert releasable.envctl("release").code == 5
    edited(releasable)
    assert steps(release(releasable))[:2] == ["build api", "build web"]


def test_identical_contexts_are_built_and_pushed_once(releasable: Playground) -> None:
    text = (releasable.folder / "compose.yaml").read_text()
    releasable.write("compose.yaml", text.replace("build: web", "build: api"))
    commit(releasable)
    plan = said(releasable, "build")
    assert steps(plan) == ["build api", "tag web"]
    assert len(names(releasable)) == 1
    made = release(releasable)
    assert steps(made) == ["push api", "mirror db", f"publish {made['version']}"]
    assert image_of(made, "api") == image_of(made, "web")

"""A registry that is gone, wrong, full, silent or closed: said clearly, and nothing is lost."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import Answer, Playground, engine
from tests.e2e.image_names import image_tags
from tests.e2e.releasing import commit, everything, git, release, said, steps
from tests.fake_registry import FakeRegistry, Faults

pytestmark = pytest.mark.engine

READERS = (
    ("release",),
    ("releases",),
    ("show", "latest"),
    ("diff", "latest", "latest"),
    ("explain", "api", "--against", "latest"),
)
BUILT_HERE = "note: what the registry may have is built here: "


@dataclass(frozen=True)
class Trouble:
    """What a registry does, how commands end then, and what they say and advise."""

    faults: Faults
    code: int
    words: str
    hint: str


TROUBLES = {
    "garbage": Trouble(
        Faults(status=200, body=b"<html>hello"), 4, "answered nonsense", "is this a registry"
    ),
    "wrong content": Trouble(
        Faults(wrong_content=True), 4, "the content has the digest", "is this a registry"
    ),
    "down": Trouble(
        Faults(status=502, body=b"<html>no"), 4, "answered 502", "run the same command again"
    ),
    "forbidden": Trouble(Faults(status=403, body=b"<html>no"), 5, "answered 403", "docker login"),
}


@pytest.fixture
def released(releasable: Playground) -> Playground:
    """A project with one release."""
    release(releasable)
    return releasable


def failed(answer: Answer, code: int, words: str, hint: str) -> None:
    """Expect a command to have failed so, and clearly."""
    error = answer.stderr[answer.stderr.rfind("error: ") :]
    assert (answer.code, "Traceback" in answer.stderr) == (code, False), answer.stderr
    assert words in answer.stderr, answer.stderr
    assert hint in error.partition("\nhint: ")[2], answer.stderr


@pytest.mark.parametrize("name", TROUBLES)
def test_a_registry_that_is_wrong_is_told_and_nothing_is_lost(
    released: Playground, memory_registry: FakeRegistry, name: str
) -> None:
    trouble, before = TROUBLES[name], everything(memory_registry)
    memory_registry.faults = trouble.faults
    for words in READERS if name == "garbage" else READERS[:2]:
        failed(released.envctl(*words), trouble.code, trouble.words, trouble.hint)
    released.write("api/page", "edited")
    answer = released.envctl("build", "api", "--dry-run")
    assert answer.code == 0, answer.stderr
    assert name == "wrong content" or BUILT_HERE in answer.stderr  # who only asks sees no content
    memory_registry.faults = Faults()
    assert everything(memory_registry) == before
    assert len(said(released, "releases")) == 1


def test_without_its_registry_a_playground_comes_up_and_a_release_does_not(
    released: Playground, memory_registry: FakeRegistry
) -> None:
    memory_registry.close()
    for words in READERS:
        failed(released.envctl(*words), 4, "no registry answers at", "does it run?")
    released.write("api/page", "edited")
    assert BUILT_HERE in released.up().stderr
    assert len(released.containers()) == 3


def test_a_registry_that_says_nothing_holds_no_playground_up(
    released: Playground, memory_registry: FakeRegistry
) -> None:
    memory_registry.faults = Faults(silent=1000)
    released.write("api/page", "edited")
    answer = released.envctl("build", "api")
    assert (answer.code, BUILT_HERE in answer.stderr) == (0, True), answer.stderr


@pytest.mark.parametrize("status", [507, 500])
def test_a_full_registry_gets_the_release_when_it_has_space_again(
    releasable: Playground, memory_registry: FakeRegistry, status: int
) -> None:
    memory_registry.faults = Faults(full=status)
    failed(releasable.envctl("release"), 1, "its disk is full", "free space")
    assert everything(memory_registry) == {}
    memory_registry.faults = Faults()
    assert steps(release(releasable))[0] == "push api"  # what was built is kept


def test_a_login_is_asked_for_and_then_used_by_all_who_push(
    releasable: Playground, memory_registry: FakeRegistry, tmp_path: Path
) -> None:
    memory_registry.basic = "ada:word"
    releasable.environment["DOCKER_CONFIG"] = str(logged_in(tmp_path, {}))
    for words in READERS:
        failed(releasable.envctl(*words), 5, "answered 401", f"login {memory_registry.address}")
    auth = {"auth": base64.b64encode(b"ada:word").decode()}
    logged_in(tmp_path, {memory_registry.address: auth})
    digest = release(releasable)["digest"]
    assert [row["digest"] for row in said(releasable, "releases")] == [digest]


def logged_in(folder: Path, auths: dict[str, dict[str, str]]) -> Path:
    """Return a folder with a configuration of docker's that has these logins."""
    plugins = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"
    if plugins.exists() and not (folder / "cli-plugins").exists():
        (folder / "cli-plugins").symlink_to(plugins)
    (folder / "config.json").write_text(json.dumps({"auths": auths}))
    return folder


def test_images_that_are_gone_from_this_engine_are_in_the_registry(
    released: Playground,
) -> None:
    for tag in image_tags(EngineHttp()):
        if tag.startswith((f"{released.name}:", f"{released.name}-")):
            engine().images.remove(tag)
    assert release(released)["steps"] == []
    released.write("api/page", "edited")
    commit(released)
    assert steps(release(released))[:-1] == ["build api", "push api"]


def test_somebody_elses_image_has_to_be_the_locked_one(
    releasable: Playground, memory_registry: FakeRegistry
) -> None:
    name = f"{releasable.name}-db"
    images = engine().images
    images.get("busybox:1.35").tag(name, "1")
    text = (releasable.folder / "compose.yaml").read_text()
    releasable.write("compose.yaml", text.replace("busybox:1.35", f"{name}:1"))
    assert releasable.envctl("lock").code == 0
    commit(releasable)
    assert releasable.envctl("build").code == 0
    images.get(f"{releasable.name}-api:latest").tag(name, "1")
    failed(releasable.envctl("release"), 5, "envctl.lock says", "envctl lock --update")
    images.remove(f"{name}:1")
    failed(releasable.envctl("release"), 5, "is missing, envctl.lock says", "load the locked image")
    assert said(releasable, "releases") == []
    images.get("busybox:1.35").tag(name, "1")
    assert steps(release(releasable)) == ["mirror db", f"publish {version(releasable)}"]


def version(project: Playground) -> str:
    return str(said(project, "releases")[0]["version"])


def changed(project: Playground) -> None:
    project.write("api/page", "edited")


def left_out(project: Playground) -> None:
    project.write(".gitignore", "cache\n")
    commit(project)
    project.write("api/cache", "of this clone only")


def unlocked(project: Playground) -> None:
    (project.folder / "envctl.lock").unlink()
    commit(project)


def without_git(project: Playground) -> None:
    (project.folder / ".git").rename(project.folder.with_name("git"))


def without_a_commit(project: Playground) -> None:
    without_git(project)
    git(project, "init", "--quiet")


def unchanged(_: Playground) -> None:
    pass


MISTAKES = {
    "changed": (changed, (), 5, "api/page", "commit them"),
    "left out": (left_out, (), 5, "api/cache (in the context of api)", ".dockerignore"),
    "unlocked": (unlocked, (), 5, "have; run envctl lock", "change the lines above"),
    "without git": (without_git, (), 5, "is at no commit", "git init"),
    "without a commit": (without_a_commit, (), 5, "is at no commit", "git commit"),
    "no version": (unchanged, ("--version", "../1"), 2, "'../1' cannot be a version", "letters"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_no_release_is_refused_before_anything_is_written(
    releasable: Playground, memory_registry: FakeRegistry, name: str
) -> None:
    prepare, words, code, said_of, hint = MISTAKES[name]
    prepare(releasable)
    failed(releasable.envctl("release", *words), code, said_of, hint)
    assert memory_registry.requests == []
    kept = f"{releasable.name}:i."
    assert not any(tag.startswith(kept) for tag in image_tags(EngineHttp()))


def test_a_version_is_never_used_twice(
    releasable: Playground, memory_registry: FakeRegistry
) -> None:
    first = release(releasable, "--version", "1")
    before = everything(memory_registry)
    releasable.write("api/page", "edited")
    commit(releasable)
    answer = releasable.envctl("release", "--version", "1")
    failed(answer, 5, "the version 1 is another release already", "choose one with --version")
    assert everything(memory_registry) == before
    assert said(releasable, "show", "1")["digest"] == first["digest"]

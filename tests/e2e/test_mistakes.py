"""What a user can get wrong: an exit code a kind, a sentence, a hint, never a traceback."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from tests.e2e.conftest import Answer, Playground
from tests.e2e.projects import DOCKERFILE, TINY

pytestmark = pytest.mark.engine


def _is_well_said(answer: Answer, code: int) -> None:
    assert answer.code == code, answer.stderr
    *_, error, hint = answer.stderr.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    assert "Traceback" not in answer.stderr


def test_no_project(playground: Playground) -> None:
    answer = playground.envctl("up")
    _is_well_said(answer, 3)
    assert "no envctl.toml and no Compose file" in answer.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: [", "yaml"),
        ("services: {web: {image: busybox:1.35, imagee: x}}", "imagee"),
        ("services: {web: {image: '${MISSING:?set it}'}}", "set it"),
        ("services: {web: {image: busybox:1.35, depends_on: [db]}}", "db"),
        ("services: {web: {image: busybox:1.35, x-envctl: {role: boss}}}", "'boss' is no role"),
    ],
)
def test_a_wrong_compose_file(playground: Playground, text: str, said: str) -> None:
    playground.write("compose.yaml", text)
    answer = playground.envctl("up")
    _is_well_said(answer, 3)
    assert said in answer.stderr


def test_an_undefined_variable_is_mentioned(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: busybox:1.35, user: '${NOBODY}'}}")
    answer = playground.envctl("ps")
    assert answer.code == 0
    assert 'note: The "NOBODY" variable is not set' in answer.stderr


def test_a_missing_dockerfile(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("web/page", "one")
    answer = playground.envctl("up")
    _is_well_said(answer, 3)
    assert "services.web.build: there is no Dockerfile at" in answer.stderr
    assert playground.containers() == []


def test_a_wrong_project_file(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("envctl.toml", 'nmae = "shop"\n')
    answer = playground.envctl("ps")
    _is_well_said(answer, 3)
    assert "unknown key 'nmae'\nhint: did you mean 'name'?" in answer.stderr


def test_an_unknown_service(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    answer = playground.envctl("up", "wbe")
    _is_well_said(answer, 2)
    assert "there are: db, job, web" in answer.stderr


def test_no_engine(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    for verb in ("up", "ps", "logs", "down"):
        answer = playground.envctl(verb, DOCKER_HOST="unix:///nowhere/docker.sock")
        _is_well_said(answer, 4)
        assert "no engine answers at unix:///nowhere/docker.sock" in answer.stderr


def test_an_engine_address_that_is_none(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: busybox:1.35}}")
    _is_well_said(playground.envctl("ps", DOCKER_HOST="nonsense"), 4)


def test_no_docker_command(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    answer = playground.envctl("up", PATH="/nowhere")
    _is_well_said(answer, 4)
    assert "the docker command is not installed or not in PATH" in answer.stderr


def test_a_registry_that_does_not_answer(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: 'localhost:1/nobody/has-this:1'}}\n")
    answer = playground.envctl("up")
    _is_well_said(answer, 4)
    assert "cannot pull the images" in answer.stderr
    assert playground.containers() == []


@pytest.mark.parametrize(
    ("compose", "env"),
    [
        ("services: {web: {image: x, environment: {DB_PASSWORD: 'canary${bad'}}}", ""),
        ("services: {web: {image: x}}", 'DB_PASSWORD="canary\n'),
    ],
)
def test_a_broken_value_is_not_shown(playground: Playground, compose: str, env: str) -> None:
    playground.write("compose.yaml", compose)
    playground.write(".env", env)
    answer = playground.envctl("ps")
    _is_well_said(answer, 3)
    assert "canary" not in answer.stderr


def test_a_docker_context_that_does_not_exist(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: busybox:1.35}}")
    answer = playground.envctl("ps", DOCKER_CONTEXT="nope", DOCKER_HOST="")
    _is_well_said(answer, 4)
    assert "nope" in answer.stderr
    _is_well_said(playground.envctl("doctor", DOCKER_CONTEXT="nope", DOCKER_HOST=""), 1)


def test_an_output_that_cannot_be_written(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: busybox:1.35}}")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            playground.words("config"),
            cwd=playground.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "error: cannot write the output" in done.stderr
    assert "Traceback" not in done.stderr


def test_closed_streams_are_no_mistake(playground: Playground) -> None:
    playground.write("compose.yaml", "services: {web: {image: busybox:1.35}}")
    words = shlex.join(playground.words("ps"))
    for closed in ("<&-", ">&-", "2>&-"):
        done = subprocess.run(
            ["sh", "-c", f"{words} {closed}"],
            cwd=playground.folder,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

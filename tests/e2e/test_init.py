"""`init` writes settings that change nothing, and says what is worth saying."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envctl.config.project_file import load_project_file
from tests.e2e.conftest import ROOT, Answer, Playground, engine
from tests.e2e.projects import TINY

# Compose is all it needs; without an engine, `docker` may be missing too
pytestmark = pytest.mark.engine


@pytest.fixture
def nameless(playground: Playground, monkeypatch: pytest.MonkeyPatch) -> Playground:
    """A project that is not given a name on the command line."""
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    monkeypatch.setattr(
        playground, "words", lambda *a: [w for w in Playground.words(playground, *a)
                                         if w not in ("--name", playground.name)],
    )  # fmt: skip
    return playground


def model(project: Playground, *options: str) -> Any:
    answer = project.envctl(*options, "config", "--json")
    assert answer.code == 0, answer.stderr
    return json.loads(answer.stdout)


def begun(project: Playground, *options: str) -> Answer:
    answer = project.envctl(*options, "init")
    assert answer.code == 0, answer.stderr
    assert answer.stdout == ""
    assert answer.stderr.splitlines()[-1] == f"wrote {project.folder / 'envctl.toml'}"
    return answer


FILES = {
    "plain": {"compose.yaml": TINY},
    "named": {"docker-compose.yml": f"name: own\n{TINY}"},
    "override": {"compose.yaml": TINY,
                 "compose.override.yaml": "services: {db: {environment: {A: b}}}\n"},
    "variables": {"compose.yaml": TINY.replace("job ran", "${WORD}"), ".env": "WORD=said\n"},
    "profiles": {"compose.yaml": TINY.replace("  job:", "  job:\n    profiles: [extra]").replace(
        "{job: {condition: service_completed_successfully}}", "[db]")},
    "chosen profile": {"compose.yaml": TINY + "  # end\n", ".env": "COMPOSE_PROFILES=extra\n"},
}  # fmt: skip


@pytest.mark.parametrize("files", FILES.values(), ids=list(FILES))
def test_the_project_means_the_same_afterwards(nameless: Playground, files: dict[str, str]) -> None:
    for path, text in files.items():
        nameless.write(path, text)
    before = model(nameless)
    begun(nameless)
    assert model(nameless) == before
    assert load_project_file(nameless.folder / "envctl.toml").name == before["name"]


def test_files_below_mean_what_they_meant_when_they_were_named(nameless: Playground) -> None:
    nameless.write("deploy/compose.yaml", TINY)
    nameless.write("deploy/.env", "JOB_CODE=3\n")
    before = model(nameless, "--file", "deploy/compose.yaml")
    begun(nameless)
    assert model(nameless) == before


def test_files_and_profiles_that_were_named_are_written_down(nameless: Playground) -> None:
    nameless.write("base.yaml", TINY)
    nameless.write("more.yaml", "services: {extra: {image: busybox:1.35, profiles: [debug]}}\n")
    named = ("--file", "base.yaml", "--file", "more.yaml", "--profile", "debug")
    before = model(nameless, *named)
    begun(nameless, *named)
    assert model(nameless) == before
    settings = load_project_file(nameless.folder / "envctl.toml")
    assert (settings.compose, settings.profiles) == (("base.yaml", "more.yaml"), ("debug",))


def test_what_could_be_chosen_stands_in_a_comment(nameless: Playground) -> None:
    body = "{image: busybox:1.35, env_file: [inside.env], profiles: [debug]}"
    nameless.write("compose.yaml", f"services: {{web: {body}}}\n")
    for name in ("inside.env", "staging.env", ".env.local", ".env.example"):
        nameless.write(name, "")
    begun(nameless)
    lines = (nameless.folder / "envctl.toml").read_text().splitlines()
    assert '# profiles = ["debug"]' in lines
    assert '# env_files = ["staging.env", ".env.local"]' in lines


def test_a_playgrounds_name_is_no_name_for_the_project(playground: Playground) -> None:
    playground.write("compose.yaml", f"name: own\n{TINY}")
    begun(playground)
    assert load_project_file(playground.folder / "envctl.toml").name == "own"


def test_settings_that_are_there_are_refused(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("envctl.toml", "")
    answer = playground.envctl("init")
    assert answer.code == 5
    assert "envctl.toml exists already\nhint: edit it" in answer.stderr
    assert (playground.folder / "envctl.toml").read_text() == ""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no envctl.toml and no Compose file in"),
        ({"a/compose.yaml": TINY, "b/compose.yaml": TINY}, "and some in a, b"),
        ({"compose.yaml": "services: ["}, "Compose cannot read"),
    ],
)
def test_without_a_project_there_is_nothing_to_begin(
    playground: Playground, files: dict[str, str], said: str
) -> None:
    for path, text in files.items():
        playground.write(path, text)
    answer = playground.envctl("init")
    assert answer.code == 3
    assert said in answer.stderr
    assert not (playground.folder / "envctl.toml").exists()


def test_a_dry_run_prints_the_file_and_writes_nothing(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    dry = playground.envctl("init", "--dry-run")
    assert dry.code == 0
    assert not (playground.folder / "envctl.toml").exists()
    begun(playground)
    assert (playground.folder / "envctl.toml").read_text() == dry.stdout


def test_advice_is_told_with_what_to_write(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          db: {image: "postgres:15", environment: {POSTGRES_PASSWORD: canary}}
          web: {build: web, depends_on: [db], container_name: front, ports: ["8080:80"]}
        """,
    )
    playground.write("web/Dockerfile", "FROM busybox:1.35\nHEALTHCHECK CMD true\n")
    answer = begun(playground)
    said = [line for line in answer.stderr.splitlines() if not line.startswith("  hint: ")]
    assert [line.split(": ")[:2] for line in said[:-1]] == [
        ["advice", "healthcheck"],
        ["advice", "volume"],
        ["advice", "secret"],
        ["advice", ".dockerignore"],
        ["note", "container_name"],
        ["note", "port"],
    ]
    assert '["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"' in answer.stderr
    assert "canary" not in answer.stderr


def test_a_healthcheck_in_an_image_that_is_here_counts(playground: Playground) -> None:
    name = f"{playground.name}-checked:1"
    dockerfile = playground.write("Dockerfile", "FROM busybox:1.35\nHEALTHCHECK CMD true\n")
    engine().images.build(path=str(Path(dockerfile).parent), tag=name)
    playground.write("compose.yaml", f"services: {{web: {{image: '{name}', restart: always}}}}\n")
    assert "advice: healthcheck" not in begun(playground).stderr


def test_the_example_shop_gets_no_advice(playground: Playground) -> None:
    answer = playground.envctl("--file", str(ROOT / "compose/compose.yaml"), "init")
    assert [line for line in answer.stderr.splitlines() if line.startswith("advice")] == []

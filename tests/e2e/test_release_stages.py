"""A release has a definition for each stage, and is refused with the line to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envctl.adapters.compose_options import ComposeOptions
from envctl.domain.release import BASE
from envctl.domain.stage import Stage
from envctl.errors import Refused
from envctl.wiring.release_definitions import ReleaseDefinitions

pytestmark = pytest.mark.engine

STAGES = (Stage("integration", "compose/integration.yaml"), Stage("production"))
PINNED = f"registry.example.com/shop@sha256:{'0' * 64}"
FILES = {
    "compose/compose.yaml": """\
services:
  web:
    build: .
    environment: {TAG: "${TAG:-none}"}
    volumes: ["${DATA:-data}:/data"]
  debug: {image: a, profiles: [debug]}
secrets: {word: {file: word.txt}}
volumes: {data: {}}
""",
    "compose/integration.yaml": """\
services:
  web:
    environment: {STAGE: integration}
  mail: {image: b}
secrets: {word: {file: /run/stage/word}}
""",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "compose").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def definitions(project: Path) -> ReleaseDefinitions:
    return ReleaseDefinitions(ComposeOptions(project, ("compose/compose.yaml",)), "shop", STAGES)


def pinned(found: ReleaseDefinitions) -> dict[str, dict[str, str]]:
    return {s: dict.fromkeys(model["services"], PINNED) for s, model in found.models().items()}


def drawn(project: Path) -> dict[str, Any]:
    found = definitions(project)
    made = found.definitions(pinned(found))
    return {stage: json.loads(definition.compose) for stage, definition in made.items()}


def refused(project: Path) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        drawn(project)
    return caught.value.details


def test_each_stage_with_an_overlay_has_a_definition_of_its_own(project: Path) -> None:
    said = drawn(project)
    assert list(said) == [BASE, "integration"]
    assert {stage: sorted(model["services"]) for stage, model in said.items()} == {
        BASE: ["web"],
        "integration": ["mail", "web"],
    }
    assert said[BASE]["services"]["web"] == {
        "image": PINNED, "environment": {"TAG": "${TAG:-none}"}, "volumes": ["${DATA:-data}:/data"],
    }  # fmt: skip
    assert "STAGE=integration" in said["integration"]["services"]["web"]["environment"]
    assert said[BASE]["secrets"]["word"]["file"] == "${WORD_FILE:?the file with the secret word}"
    assert said["integration"]["secrets"]["word"]["file"] == "/run/stage/word"


def test_all_stages_are_judged_and_lines_are_told_once(project: Path) -> None:
    base, overlay = (project / name for name in FILES)
    base.write_text(base.read_text().replace("build: .", "build: .\n    command: [-p, --token, x]"))
    text = overlay.read_text().replace("STAGE: integration", "DB_PASSWORD: word")
    overlay.write_text(text + "volumes: {more: {driver_opts: {o: bind, device: ./more}}}\n")
    remedy = "use a secret or a variable, or name it in x-envctl: {not_secret: [%s]}"
    assert refused(project) == (
        "compose/compose.yaml:4: services.web.command.2 holds what looks like a secret; "
        + remedy % "command",
        "compose/integration.yaml:3: services.web.environment.DB_PASSWORD holds what looks like a "
        "secret; " + remedy % "DB_PASSWORD",
        "compose/integration.yaml:6: volumes.more.driver_opts.device is ./more, in the project; "
        "name a path of the host",
    )


def test_variables_that_only_an_include_knows_are_refused(project: Path) -> None:
    base = project / "compose/compose.yaml"
    base.write_text("include: [{path: more.yaml, env_file: more.env}]\n" + base.read_text())
    (project / "compose/more.yaml").write_text("services:\n  more:\n    image: c\n    user: $WHO\n")
    (project / "compose/more.env").write_text("WHO=somebody\n")
    assert refused(project) == (
        "compose/more.yaml:4: services.more.user means 'somebody' to Compose, and None in a "
        "release; a release does not know the variables of an include's env_file or .env, so "
        "write the value where it is used",
    )


def test_the_environment_does_not_change_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn(project)
    monkeypatch.setenv("TAG", "other")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "other")
    (project / "compose/.env").write_text("DATA=/srv/data\n")
    assert drawn(project) == before

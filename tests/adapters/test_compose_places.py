from __future__ import annotations

from pathlib import Path

import pytest

from envctl.adapters.compose_places import ComposePlaces

FILES = {
    "compose.yaml": """\
x-env: &env
  TOKEN: word
services:
  web:
    image: a
    environment:
      <<: *env
      OWN: word
    command: [run, --password, word]
    volumes:
      - ./src:/src:ro
      - type: bind
        source: ./a
        target: /a
  listed:
    environment:
      - A=1
      - B=2
    env_file: web.env
  extended:
    extends: {file: base/base.yaml, service: web}
  inside:
    extends: web
include:
  - more/compose.yaml
  - path: [more/two.yaml]
""",
    "base/base.yaml": "services:\n  web:\n    labels:\n      secret: word\n",
    "more/compose.yaml": "services:\n\n  included: {image: b}\n",
    "more/two.yaml": "services:\n  two:\n    image: c\n",
    "overlay.yaml": "services:\n  web:\n    environment:\n      OWN: other\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("services.web.image", "compose.yaml:5"),
        ("services.web.environment.OWN", "compose.yaml:8"),
        ("services.web.environment.TOKEN", "compose.yaml:2"),
        ("services.web.command.2", "compose.yaml:9"),
        ("services.web.volumes./src", "compose.yaml:11"),
        ("services.web.volumes./a", "compose.yaml:12"),
        ("services.listed.environment.B", "compose.yaml:18"),
        ("services.listed.env_file", "compose.yaml:19"),
        ("services.extended.labels.secret", "base/base.yaml:4"),
        ("services.inside.environment.OWN", "compose.yaml:8"),
        ("services.included.image", "more/compose.yaml:3"),
        ("services.two.image", "more/two.yaml:3"),
        ("services.web.nowhere", "compose.yaml:4"),
        ("networks.nowhere", "compose.yaml"),
    ],
)
def test_the_line_that_says_it_is_found(project: Path, place: str, told: str) -> None:
    places = ComposePlaces(project, [project / "compose.yaml"])
    assert places.locate(tuple(place.split("."))) == told


def test_a_later_file_says_it_last(project: Path) -> None:
    places = ComposePlaces(project, [project / "compose.yaml", project / "overlay.yaml"])
    assert places.locate(("services", "web", "environment", "OWN")) == "overlay.yaml:4"
    assert places.locate(("services", "web", "image")) == "compose.yaml:5"


@pytest.mark.parametrize("text", ["a: [", "", "- a", "\x00", "a: &a\n  b: *a\n"])
def test_a_file_that_says_nothing_is_named_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    places = ComposePlaces(tmp_path, [tmp_path / "compose.yaml"])
    assert places.locate(("services", "web")) == "compose.yaml"


def test_files_that_include_and_extend_each_other_come_to_an_end(tmp_path: Path) -> None:
    text = "include: [compose.yaml]\nservices:\n  a: {extends: b}\n  b: {extends: {service: a}}\n"
    (tmp_path / "compose.yaml").write_text(text)
    places = ComposePlaces(tmp_path, [tmp_path / "compose.yaml"])
    assert places.locate(("services", "a", "image")) == "compose.yaml:3"

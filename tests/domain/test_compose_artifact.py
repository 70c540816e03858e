"""The files of a definition are named by envctl, whatever its manifest in a registry says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.compose_artifact import ENV_FILE, FILE, ComposeDefinition, file_layers
from envctl.errors import Failed

DIGEST = "sha256:" + "0" * 64
DEFINITION = ComposeDefinition(b"{}", (("env-0123456789abcdef.env", b"A=1"), ("label-1.env", b"B")))


def layer(name: Any, kind: str = ENV_FILE, digest: Any = DIGEST) -> dict[str, Any]:
    word = "file" if kind == FILE else "envfile"
    return {
        "mediaType": kind, "digest": digest, "size": 1,
        "annotations": {f"com.docker.compose.{word}": name},
    }  # fmt: skip


def complaint(*layers: Any, compose: bool = True) -> str:
    first = [layer("compose.yaml", FILE)] if compose else []
    with pytest.raises(Failed) as caught:
        file_layers(json.dumps({"layers": [*first, *layers]}).encode(), "shop:r.1")
    return caught.value.message.removeprefix("shop:r.1 is no Compose definition of a release")


def test_what_is_written_is_read() -> None:
    names = [name for name, _ in file_layers(DEFINITION.manifest().data, "")]
    assert names == ["compose.yaml", "env-0123456789abcdef.env", "label-1.env"]


NAMES = [
    "", ".", "..", ".env", "../env-1.env", "/etc/env-1.env", "a/env-1.env", "..\\env-1.env",
    "env-1.env\n", "env-\x00.env", "env-\x1b[2J.env", "env-" + "1" * 200 + ".env", "env-.env",
    "env-..env", "ENV-1.ENV", "envctl.toml", "origin.json", "secrets", "configs", "given.env",
    "compose.yaml", "compose.override.yaml", "env-\u0661.env",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_envctl_does_not_give_is_refused(name: str) -> None:
    assert complaint(layer(name)) == f": {name[:80]!a} is no name of a file in one"


def test_the_compose_file_has_its_name_and_kind() -> None:
    assert complaint(layer("other.yaml", FILE)) == ": 'other.yaml' is no name of a file in one"
    assert complaint(layer("env-1.env", FILE)) == ": 'env-1.env' is no name of a file in one"
    assert complaint(layer("env-1.env"), compose=False) == ": compose.yaml is missing"


def test_a_file_that_is_there_twice_is_refused() -> None:
    assert complaint(layer("env-1.env"), layer("env-1.env")) == ": a file is there twice"
    assert complaint(layer("compose.yaml", FILE)) == ": a file is there twice"


@pytest.mark.parametrize(
    "digest", ["", "sha256:0", "sha512:" + "0" * 128, DIGEST.upper(), f"{DIGEST}/../x", 7, None]
)
def test_what_is_no_digest_is_refused(digest: Any) -> None:
    assert complaint(layer("env-1.env", digest=digest)) == f": {str(digest)[:80]!a} is no digest"


@pytest.mark.parametrize(
    "said",
    [
        {"mediaType": "application/octet-stream"},
        {"mediaType": ["a"]},
        {"annotations": None},
        {"annotations": {"com.docker.compose.file": "env-1.env"}},
        {"annotations": {"com.docker.compose.envfile": ["env-1.env"]}},
    ],
)
def test_other_layers_are_refused(said: dict[str, Any]) -> None:
    assert complaint({**layer("env-1.env"), **said}) == ""


@given(st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(
    lambda value: json.dumps({"layers": value}).encode()
))  # fmt: skip
def test_whatever_it_is_there_is_an_answer(manifest: bytes) -> None:
    with pytest.raises(Failed):
        file_layers(manifest, "shop:r.1")

"""A release is the same bytes for the same content, and is read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.domain.compose_artifact import ARTIFACT
from envctl.domain.release import Release
from envctl.domain.release_reading import parse_release
from envctl.errors import Failed
from tests.domain.release_example import BASE_TEXT, LATER, SHOP


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    said = json.loads(SHOP.index().data)
    change(said)
    return json.dumps(said).encode()


def complaint(data: bytes) -> str:
    with pytest.raises(Failed) as caught:
        parse_release(data, "shop:r.1")
    return caught.value.message.removeprefix("shop:r.1 is no release that envctl can read: ")


@given(st.permutations(SHOP.images), st.permutations(SHOP.definitions), st.booleans())
def test_the_same_content_is_the_same_bytes(images: Any, definitions: Any, backwards: bool) -> None:
    if backwards:
        images = [
            replace(i, services=i.services[::-1], platforms=i.platforms[::-1]) for i in images
        ]
    other = replace(SHOP, images=tuple(images), definitions=tuple(definitions))
    assert other.index() == SHOP.index()


@given(st.text(min_size=1), st.text(), st.text())
def test_what_was_written_is_read(project: str, author: str, source: str) -> None:
    release = replace(SHOP, project=project, author=author, source=source)
    assert parse_release(release.index().data, "").index() == release.index()


def test_every_fact_is_read_back() -> None:
    read = parse_release(SHOP.index().data, "")
    assert (read.project, read.commit, read.created) == (SHOP.project, SHOP.commit, SHOP.created)
    assert (read.author, read.source) == (SHOP.author, SHOP.source)
    assert sorted(read.images, key=str) == sorted(SHOP.images, key=str)
    assert [(s, d.digest) for s, d in read.definitions] == [
        (s, d.digest) for s, d in SHOP.definitions
    ]


@pytest.mark.parametrize(
    "other",
    [
        LATER,
        replace(SHOP, author=""),
        replace(SHOP, definitions=SHOP.definitions[:1]),
        replace(SHOP, images=SHOP.images[:2]),
    ],
)
def test_other_content_is_another_digest(other: Release) -> None:
    assert other.index().digest != SHOP.index().digest


def test_only_the_base_is_a_project_to_compose() -> None:
    entries = json.loads(SHOP.index().data)["manifests"]
    assert [e["digest"] for e in entries if e.get("artifactType") == ARTIFACT] == [
        BASE_TEXT.manifest().digest
    ]


def test_a_service_has_its_image() -> None:
    assert SHOP.image_of("migrate") == SHOP.images[0]
    assert SHOP.image_of("nothing") is None


def test_the_manifest_of_a_definition_names_every_file_of_it() -> None:
    said = json.loads(BASE_TEXT.manifest().data)
    contents = {blob.digest: blob.data for blob in BASE_TEXT.blobs()}
    assert {tuple(e["annotations"].items()): contents[e["digest"]] for e in said["layers"]} == {
        (("com.docker.compose.file", "compose.yaml"),): BASE_TEXT.compose,
        (("com.docker.compose.envfile", "env-1.env"),): b"A=1\n",
    }
    assert contents[said["config"]["digest"]] == b"{}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it is no table"),
        (changed(lambda r: r.update(schemaVersion=1)), "schemaVersion is not 2"),
        (changed(lambda r: r.pop("mediaType")), "mediaType is not that of an index"),
        (
            changed(lambda r: r.update(artifactType="x")),
            "artifactType is 'x', not application/vnd.envctl.release.v1",
        ),
        (changed(lambda r: r.pop("annotations")), "annotations is no table"),
        (
            changed(lambda r: r["annotations"].pop("org.opencontainers.image.revision")),
            "annotations: org.opencontainers.image.revision is missing",
        ),
        (
            changed(
                lambda r: r["annotations"].update({"org.opencontainers.image.created": "today"})
            ),
            "annotations: org.opencontainers.image.created is no time in UTC",
        ),
        (changed(lambda r: r["annotations"].update(a=1)), "annotations: a is no text"),
        (changed(lambda r: r.update(manifests={})), "manifests is no list"),
        (changed(lambda r: r["manifests"].append(1)), "manifests[5] is no table"),
        (
            changed(lambda r: r["manifests"].pop(0)),
            "there has to be one Compose definition for no stage",
        ),
        (
            changed(lambda r: r["manifests"].append(r["manifests"][1])),
            "there are two Compose definitions of the stage integration",
        ),
        (
            changed(lambda r: r["manifests"].append(r["manifests"][2])),
            "there are two images of api",
        ),
        (
            changed(lambda r: r["manifests"][2].update(digest="sha256:1")),
            "manifests[2]: digest is no sha256 digest",
        ),
        (changed(lambda r: r["manifests"][2].update(size=True)), "manifests[2]: size is no size"),
        (
            changed(lambda r: r["manifests"][2].update(mediaType="text/plain")),
            "manifests[2]: mediaType 'text/plain' is not expected there",
        ),
        (
            changed(lambda r: r["manifests"][2]["annotations"].pop("dev.envctl.services")),
            "manifests[2]: dev.envctl.services is missing",
        ),
        (
            changed(lambda r: r["manifests"][2]["annotations"].pop("dev.envctl.input")),
            "manifests[2]: one of input and origin is needed",
        ),
        (
            changed(
                lambda r: r["manifests"][2]["annotations"].update({"dev.envctl.platforms": "{"})
            ),
            "manifests[2]: dev.envctl.platforms is not JSON",
        ),
        (
            changed(
                lambda r: r["manifests"][2]["annotations"].update(
                    {"dev.envctl.platforms": '{"linux/amd64":{"manifest":"x"}}'}
                )
            ),
            "manifests[2]: dev.envctl.platforms: linux/amd64: manifest is no digest",
        ),
        (
            changed(lambda r: r["manifests"][2].update(urls=["http://elsewhere"])),
            "manifests[2] says other things than releases do",
        ),
    ],
)
def test_what_is_wrong_is_named(data: bytes, said: str) -> None:
    assert complaint(data) == said


ANYTHING: list[Any] = [None, True, -1, 1e999, "", "x", "\ud800", [], [[]], {}, {"a": 1}]


@given(st.data(), st.sampled_from(ANYTHING))
def test_no_change_of_a_part_is_more_than_a_complaint(data: st.DataObject, junk: Any) -> None:
    said: Any = json.loads(SHOP.index().data)
    place: Any = said
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = junk
    with suppress(Failed):
        parse_release(json.dumps(said).encode(), "here")

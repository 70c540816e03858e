"""Read a release that comes from a registry: strictly, as anybody may have put it there."""

from __future__ import annotations

import json
from typing import Any

from envctl.domain.compose_artifact import ARTIFACT
from envctl.domain.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    INDEX,
    MANIFEST,
    Descriptor,
    is_digest,
)
from envctl.domain.release import (
    AUTHORS,
    BASE,
    CREATED,
    INPUT,
    ORIGIN,
    PLATFORMS,
    RELEASE,
    REVISION,
    SERVICES,
    SOURCE,
    STAGE,
    TITLE,
    PlatformImage,
    Release,
    ReleaseImage,
)
from envctl.domain.release_version import is_time
from envctl.errors import Failed

_IMAGES = (INDEX, MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST)


def parse_release(data: bytes, where: str) -> Release:
    """Return the release that `data`, found at `where`, is; Failed says what is wrong with it."""
    try:
        return _release(_json(data))
    except ValueError as error:
        raise Failed(
            f"{where} is no release that envctl can read: {error}",
            hint="it was made by another tool or changed in the registry; make the release again",
        ) from None


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None


def _release(said: Any) -> Release:
    index = _table(said, "it")
    _expect(index.get("schemaVersion") == 2, "schemaVersion is not 2")
    _expect(index.get("mediaType") == INDEX, "mediaType is not that of an index")
    kind = index.get("artifactType")
    _expect(kind == RELEASE, f"artifactType is {kind!r}, not {RELEASE}")
    notes = _texts(index.get("annotations"), "annotations")
    _expect(is_time(notes.get(CREATED, "")), f"annotations: {CREATED} is no time in UTC")
    for needed in (TITLE, REVISION):
        _expect(bool(notes.get(needed)), f"annotations: {needed} is missing")
    entries = index.get("manifests")
    _expect(isinstance(entries, list), "manifests is no list")
    definitions, images = _sorted_out(entries)
    return Release(
        project=notes[TITLE],
        commit=notes[REVISION],
        created=notes[CREATED],
        author=notes.get(AUTHORS, ""),
        source=notes.get(SOURCE, ""),
        definitions=definitions,
        images=images,
    )


def _sorted_out(
    entries: Any,
) -> tuple[tuple[tuple[str, Descriptor], ...], tuple[ReleaseImage, ...]]:
    definitions: list[tuple[str, Descriptor]] = []
    images: list[ReleaseImage] = []
    for number, entry in enumerate(entries):
        where = f"manifests[{number}]"
        table = _table(entry, where)
        notes = _texts(table.get("annotations", {}), f"{where}.annotations")
        if table.get("artifactType") == ARTIFACT or STAGE in notes:
            definitions.append((notes.get(STAGE, BASE), _descriptor(table, where, (MANIFEST,))))
        else:
            images.append(_image(table, notes, where))
    stages = [stage for stage, _ in definitions]
    _expect(stages.count(BASE) == 1, "there has to be one Compose definition for no stage")
    _expect_once(stages, "there are two Compose definitions of the stage")
    _expect_once([s for image in images for s in image.services], "there are two images of")
    return tuple(definitions), tuple(images)


def _image(table: dict[str, Any], notes: dict[str, str], where: str) -> ReleaseImage:
    found = _descriptor(table, where, _IMAGES)
    services = notes.get(SERVICES, "")
    _expect(bool(services), f"{where}: {SERVICES} is missing")
    for name in (SERVICES, PLATFORMS):
        _expect(bool(notes.get(name)), f"{where}: {name} is missing")
    image = ReleaseImage(
        found.media_type,
        found.digest,
        found.size,
        tuple(services.split(",")),
        _platforms(notes[PLATFORMS], f"{where}: {PLATFORMS}"),
        notes.get(INPUT, ""),
        notes.get(ORIGIN, ""),
    )
    _expect(bool(image.input) != bool(image.origin), f"{where}: one of input and origin is needed")
    _expect(image.descriptor().as_json() == table, f"{where} says other things than releases do")
    return image


def _platforms(text: str, where: str) -> tuple[PlatformImage, ...]:
    try:
        said = _table(json.loads(text), where)
    except (ValueError, RecursionError):
        raise ValueError(f"{where} is not JSON") from None
    _expect(bool(said), f"{where} names none")
    return tuple(_platform(name, entry, f"{where}: {name}") for name, entry in said.items())


def _platform(name: str, entry: Any, where: str) -> PlatformImage:
    table = _table(entry, where)
    for key in ("manifest", "config"):
        _expect(is_digest(table.get(key)), f"{where}: {key} is no digest")
    return PlatformImage(name, table["manifest"], table["config"])


def _descriptor(table: dict[str, Any], where: str, kinds: tuple[str, ...]) -> Descriptor:
    kind, size = table.get("mediaType"), table.get("size")
    _expect(kind in kinds, f"{where}: mediaType {kind!r} is not expected there")
    _expect(is_digest(table.get("digest")), f"{where}: digest is no sha256 digest")
    _expect(type(size) is int and size > 0, f"{where}: size is no size")
    return Descriptor(str(kind), table["digest"], int(size or 0))


def _table(value: Any, where: str) -> dict[str, Any]:
    _expect(isinstance(value, dict), f"{where} is no table")
    return dict(value)


def _texts(value: Any, where: str) -> dict[str, str]:
    table = _table(value, where)
    for key, text in table.items():
        _expect(isinstance(text, str), f"{where}: {key} is no text")
    return table


def _expect_once(names: list[str], complaint: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    _expect(twice is None, f"{complaint} {twice}")


def _expect(holds: bool, complaint: str) -> None:
    if not holds:
        raise ValueError(complaint)

"""What differs between two releases, as values with a text."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from envctl.domain.difference import Difference
from envctl.domain.oci import short_hex
from envctl.domain.release import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.release import Release, ReleaseImage


@dataclass(frozen=True)
class ReleaseDifference:
    """All that differs; `definitions` are the lines of a unified diff."""

    facts: tuple[Difference, ...] = ()
    images: tuple[Difference, ...] = ()
    definitions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.facts or self.images or self.definitions)

    def lines(self) -> tuple[str, ...]:
        """Return all of it as text."""
        told = tuple(str(difference) for difference in (*self.facts, *self.images))
        return (*told, *self.definitions)


def differences(
    before: Release,
    after: Release,
    texts_before: Mapping[str, ComposeDefinition],
    texts_after: Mapping[str, ComposeDefinition],
) -> ReleaseDifference:
    """Return what differs; the texts are the Compose definitions by stage, `BASE` for none."""
    return ReleaseDifference(
        _facts(before, after), _images(before, after), _texts(texts_before, texts_after)
    )


def _facts(before: Release, after: Release) -> tuple[Difference, ...]:
    names = ("project", "commit", "created", "author", "source")
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return tuple(Difference(name, old, new) for name, old, new in pairs if old != new)


def _images(before: Release, after: Release) -> tuple[Difference, ...]:
    services = {
        s for release in (before, after) for image in release.images for s in image.services
    }
    pairs = [(s, before.image_of(s), after.image_of(s)) for s in sorted(services)]
    return tuple(
        Difference(f"image of {service}", _told(old), _told(new))
        for service, old, new in pairs
        if _digest(old) != _digest(new)
    )


def _digest(image: ReleaseImage | None) -> str:
    return image.digest if image else ""


def _told(image: ReleaseImage | None) -> str:
    if image is None:
        return ""
    where = f"{image.origin} " if image.origin else ""
    return f"{where}sha256:{short_hex(image.digest)[:12]}"


def _texts(
    before: Mapping[str, ComposeDefinition], after: Mapping[str, ComposeDefinition]
) -> tuple[str, ...]:
    lines: list[str] = []
    for stage in sorted({*before, *after}):
        old, new = _files(before.get(stage)), _files(after.get(stage))
        for name in sorted({*old, *new}):
            title = name if stage == BASE else f"{stage}: {name}"
            found = unified_diff(old.get(name, []), new.get(name, []), title, title, lineterm="")
            lines += found
    return tuple(lines)


def _files(definition: ComposeDefinition | None) -> dict[str, list[str]]:
    """Return the lines of each file of a definition."""
    if definition is None:
        return {}
    files = {"compose.yaml": definition.compose, **dict(definition.env_files)}
    return {name: _lines(data.decode("utf-8", "replace")) for name, data in files.items()}


def _lines(text: str) -> list[str]:
    ended = text.removesuffix("\n").split("\n")
    return ended if text.endswith("\n") else [*ended, "\\ No newline at end of file"]

"""A release as plain files, for a Compose that reads neither `oci://` nor `content:`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envctl.config.release.mounts import EXECUTABLE
from envctl.config.release.reading import read_definition
from envctl.config.release.variables import has_variable
from envctl.config.release.writing import compose_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from envctl.domain.compose_artifact import ComposeDefinition

FOLDER = "configs"


@dataclass(frozen=True)
class PlainFile:
    """A file to write: its path below the folder, and what is in it."""

    path: str
    data: bytes = field(repr=False)
    executable: bool = False


def plain_files(
    definition: ComposeDefinition,
    images: Mapping[str, str] | None = None,
    place: Callable[[str, bytes], str] = lambda key, _: key,
) -> tuple[PlainFile, ...]:
    """Return `compose.yaml` and all that has to lie beside it.

    The content of a config becomes a file, unless Compose is to fill in variables there. `images`
    say, by digest, where images are to be had now: a registry may have moved since the release.
    `place` says where below their folder configs lie, by key and content. Failed for what is no
    definition of a release: its keys become names of files.
    """
    model = read_definition(definition)
    for body in (model.get("services") or {}).values():
        digest = str((body or {}).get("image", "")).partition("@")[2]
        if images and digest in images:
            body["image"] = images[digest]
    executable = {str(use.get("source")) for use in _uses(model) if use.get("mode") == EXECUTABLE}
    files = [PlainFile(name, data) for name, data in definition.env_files]
    for key, body in sorted((model.get("configs") or {}).items()):
        content = (body or {}).get("content")
        if isinstance(content, str) and not has_variable(content):
            del body["content"]
            data = content.replace("$$", "$").encode()
            path = f"{FOLDER}/{place(key, data)}"
            body["file"] = f"./{path}"
            files.append(PlainFile(path, data, key in executable))
    return (PlainFile("compose.yaml", compose_bytes(model)), *files)


def _uses(model: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for body in (model.get("services") or {}).values():
        uses = (body or {}).get("configs")
        yield from (use for use in uses if isinstance(use, dict)) if isinstance(uses, list) else ()

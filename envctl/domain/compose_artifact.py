"""A Compose definition in a registry, as Compose itself reads it (`docker compose -f oci://...`)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from envctl.domain.oci import EMPTY, MANIFEST, Content, canonical_json, is_digest
from envctl.errors import Failed

ARTIFACT = "application/vnd.docker.compose.project"
FILE = "application/vnd.docker.compose.file+yaml"
ENV_FILE = "application/vnd.docker.compose.envfile"

COMPOSE_FILE = "compose.yaml"
_NAMES = {FILE: "com.docker.compose.file", ENV_FILE: "com.docker.compose.envfile"}

# as envctl names them: never a file that Compose reads by itself, nor one of the playground's own
_ENV_NAME = re.compile(r"(?:env|label)-[a-z0-9]{1,64}\.env")

NOTHING = Content(EMPTY, b"{}")


@dataclass(frozen=True)
class ComposeDefinition:
    """The one Compose file of a release, and the env files beside it by their names."""

    compose: bytes = field(repr=False)
    env_files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def blobs(self) -> tuple[Content, ...]:
        """Return what the manifest points to; they have to be there before it."""
        return (NOTHING, *(content for content, _ in self._layers()))

    def manifest(self) -> Content:
        """Return the manifest; it says nothing of when or with what it was made."""
        said = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": ARTIFACT,
            "config": NOTHING.descriptor().as_json(),
            "layers": [
                content.descriptor(annotations=(named,)).as_json()
                for content, named in self._layers()
            ],
        }
        return Content(MANIFEST, canonical_json(said))

    def _layers(self) -> list[tuple[Content, tuple[str, str]]]:
        env_files = [
            (Content(ENV_FILE, data), (_NAMES[ENV_FILE], name))
            for name, data in sorted(self.env_files)
        ]
        compose = (Content(FILE, self.compose), (_NAMES[FILE], COMPOSE_FILE))
        return [compose, *env_files]


def file_layers(manifest: bytes, where: str) -> tuple[tuple[str, str], ...]:
    """Return the names and digests of the files in a definition; Failed for anything else.

    Names are those of files beside each other, each there once.
    """
    try:
        found = tuple(_file(layer) for layer in json.loads(manifest)["layers"])
        names = [name for name, _ in found]
        if len(set(names)) != len(names):
            raise ValueError("a file is there twice")
        if COMPOSE_FILE not in names:
            raise ValueError(f"{COMPOSE_FILE} is missing")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = f": {error}" if type(error) is ValueError else ""
        raise Failed(
            f"{where} is no Compose definition of a release{why}",
            hint="it was made by another tool or changed in the registry; make the release again",
        ) from None
    return found


def _file(layer: Any) -> tuple[str, str]:
    """Return the name and digest of a layer; the name may have come from anybody."""
    kind, digest = layer["mediaType"], layer["digest"]
    name = layer["annotations"][_NAMES[kind]]
    is_named = name == COMPOSE_FILE if kind == FILE else bool(_ENV_NAME.fullmatch(name))
    if not is_named:
        raise ValueError(f"{str(name)[:80]!a} is no name of a file in one")
    if not is_digest(digest):
        raise ValueError(f"{str(digest)[:80]!a} is no digest")
    return name, digest

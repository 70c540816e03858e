"""A Compose definition in a registry, as Compose itself reads it (`docker compose -f oci://...`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from envctl.domain.oci import EMPTY, MANIFEST, Content, canonical_json
from envctl.errors import Failed

ARTIFACT = "application/vnd.docker.compose.project"
FILE = "application/vnd.docker.compose.file+yaml"
ENV_FILE = "application/vnd.docker.compose.envfile"

COMPOSE_FILE = "compose.yaml"
_NAMES = {FILE: "com.docker.compose.file", ENV_FILE: "com.docker.compose.envfile"}

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
    """Return the names and digests of the files in a definition; Failed for anything else."""
    try:
        layers = json.loads(manifest)["layers"]
        found = tuple(
            (str(layer["annotations"][_NAMES[layer["mediaType"]]]), str(layer["digest"]))
            for layer in layers
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        found = ()
    names = [name for name, _ in found]
    if COMPOSE_FILE not in names or any("/" in name for name in names):
        raise Failed(f"{where} is no Compose definition of a release")
    return found

"""A Compose definition in a registry, as Compose itself reads it (`docker compose -f oci://...`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from envctl.domain.oci import EMPTY, MANIFEST, Content, canonical_json

ARTIFACT = "application/vnd.docker.compose.project"
FILE = "application/vnd.docker.compose.file+yaml"
ENV_FILE = "application/vnd.docker.compose.envfile"

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
            (Content(ENV_FILE, data), ("com.docker.compose.envfile", name))
            for name, data in sorted(self.env_files)
        ]
        compose = (Content(FILE, self.compose), ("com.docker.compose.file", "compose.yaml"))
        return [compose, *env_files]

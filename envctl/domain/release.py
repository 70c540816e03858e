"""A release: image digests, the Compose definition that runs them, and where both came from.

It is an OCI index, and its digest is the release's: the same content is the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from envctl.domain.compose_artifact import ARTIFACT
from envctl.domain.oci import INDEX, Content, Descriptor, canonical_json

RELEASE = "application/vnd.envctl.release.v1"
BASE = ""
"""The stage of the definition that has no overlay."""

_OURS = "dev.envctl."
STAGE, SERVICES, INPUT, ORIGIN, PLATFORMS = (
    _OURS + name for name in ("stage", "services", "input", "origin", "platforms")
)
_OCI = "org.opencontainers.image."
TITLE, REVISION, SOURCE, AUTHORS, CREATED = (
    _OCI + name for name in ("title", "revision", "source", "authors", "created")
)


@dataclass(frozen=True)
class PlatformImage:
    """What an image is on one platform, so that either image store can prove what runs.

    `manifest` is what the containerd store knows it by, `config` what the older store calls its ID.
    """

    platform: str
    manifest: str
    config: str


@dataclass(frozen=True)
class ReleaseImage:
    """One image of a release and the services that run it.

    `input` is the input digest of an image that was built, `origin` the name that a mirrored one
    has elsewhere; an image has one of them.
    """

    media_type: str
    digest: str
    size: int
    services: tuple[str, ...]
    platforms: tuple[PlatformImage, ...]
    input: str = ""
    origin: str = ""

    def descriptor(self) -> Descriptor:
        """Return the entry of the index."""
        single = self.platforms[0].platform if self._is_single() else ""
        said = {
            SERVICES: ",".join(sorted(self.services)),
            PLATFORMS: canonical_json(
                {p.platform: {"manifest": p.manifest, "config": p.config} for p in self.platforms}
            ).decode(),
            INPUT: self.input,
            ORIGIN: self.origin,
        }
        annotations = tuple(sorted((k, v) for k, v in said.items() if v))
        return Descriptor(
            self.media_type, self.digest, self.size, platform=single, annotations=annotations
        )

    def _is_single(self) -> bool:
        return len(self.platforms) == 1 and self.platforms[0].manifest == self.digest


@dataclass(frozen=True)
class Release:
    """All that a release is. Its version is not in it: that is a name for it.

    `created` is the time of the commit in UTC; `definitions` has the manifest of each
    stage's Compose definition, and that without an overlay as `BASE`.
    """

    project: str
    commit: str
    created: str
    author: str
    source: str
    definitions: tuple[tuple[str, Descriptor], ...]
    images: tuple[ReleaseImage, ...]

    def image_of(self, service: str) -> ReleaseImage | None:
        """Return what `service` runs."""
        return next((image for image in self.images if service in image.services), None)

    def index(self) -> Content:
        """Return the bytes of the release; they are the same in whatever order its parts are."""
        said = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "artifactType": RELEASE,
            "manifests": [entry.as_json() for entry in self._entries()],
            "annotations": {name: text for name, text in self._annotations() if text},
        }
        return Content(INDEX, canonical_json(said))

    def _entries(self) -> list[Descriptor]:
        definitions = [_definition(*item) for item in sorted(self.definitions, key=lambda d: d[0])]
        images = sorted(self.images, key=lambda image: sorted(image.services))
        return [*definitions, *(image.descriptor() for image in images)]

    def _annotations(self) -> tuple[tuple[str, str], ...]:
        return (
            (TITLE, self.project),
            (REVISION, self.commit),
            (CREATED, self.created),
            (AUTHORS, self.author),
            (SOURCE, self.source),
        )


def _definition(stage: str, manifest: Descriptor) -> Descriptor:
    """Return the entry of a definition.

    Compose takes the last entry of its own type for the project, so only the base says its type.
    """
    if stage == BASE:
        return Descriptor(manifest.media_type, manifest.digest, manifest.size, ARTIFACT)
    named = ((STAGE, stage),)
    return Descriptor(manifest.media_type, manifest.digest, manifest.size, annotations=named)

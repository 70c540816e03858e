"""Read what a project's registry has of a release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envctl.domain.oci import DOCKER_INDEX, INDEX
from envctl.domain.release import PlatformImage, ReleaseImage
from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.oci import Content
    from envctl.domain.registry_place import RegistryPlace
    from envctl.domain.release import Release
    from envctl.domain.release_parts import Part
    from envctl.ports.images import ImageRegistryReader

_CONFIG_LIMIT = 4 << 20
_ATTESTATION = "unknown/unknown"


@dataclass(frozen=True)
class RegistryLook:
    """Reads one repository, and those beside it in which people look for images."""

    registry: ImageRegistryReader
    place: RegistryPlace

    def tags(self) -> tuple[str, ...]:
        """Return all tags of the repository."""
        return self.registry.tags(self.place.repository)

    def digests(self, tags: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of those of `tags` that the registry has."""
        return self.registry.digests(self.place.repository, tags)

    def described(self, parts: Iterable[Part]) -> tuple[ReleaseImage, ...]:
        """Return what the registry has of each part, as a release names it."""
        return tuple(map(self._described, parts))

    def unnamed(self, release: Release, version: str) -> list[tuple[str, ReleaseImage]]:
        """Return the services that people cannot find under `version` yet, with their images."""
        return [
            (service, image)
            for image in release.images
            for service in image.services
            if self.registry.digest(self.place.for_people(service), version) != image.digest
        ]

    def _described(self, part: Part) -> ReleaseImage:
        manifest = self.registry.manifest(self.place.repository, part.tag)
        if manifest is None:
            raise Failed(
                f"{self.place.tagged(part.tag)} is gone from the registry since it was looked for",
                hint="run the same command again",
            )
        return ReleaseImage(
            manifest.media_type,
            manifest.digest,
            manifest.size,
            part.services,
            tuple(self._platforms(manifest)),
            input=part.input,
            origin="" if part.input else part.name,
        )

    def _platforms(self, manifest: Content) -> Iterator[PlatformImage]:
        repository = self.place.repository
        if not is_index(manifest):
            config = json.loads(manifest.data)["config"]["digest"]
            said = json.loads(self.registry.blob(repository, config, _CONFIG_LIMIT))
            yield PlatformImage(platform_of(said), manifest.digest, config)
            return
        for entry in json.loads(manifest.data)["manifests"]:
            if platform_of(entry.get("platform") or {}) != _ATTESTATION:
                yield from self._platforms(required(self.registry, repository, entry["digest"]))


def required(source: ImageRegistryReader, repository: str, digest: str) -> Content:
    """Return a manifest that has to be there; Failed when it is not."""
    manifest = source.manifest(repository, digest)
    if manifest is None:
        raise Failed(
            f"{source.host}/{repository}@{digest} is gone from its registry",
            hint="envctl lock --update takes what the registry has now",
        )
    return manifest


def is_index(manifest: Content) -> bool:
    """Whether it names manifests, one for each platform."""
    return manifest.media_type in (INDEX, DOCKER_INDEX)


def platform_of(said: Mapping[str, Any]) -> str:
    """Return a platform as `linux/arm/v7`."""
    parts = (said.get("os"), said.get("architecture"), said.get("variant"))
    return "/".join(str(part) for part in parts if part)

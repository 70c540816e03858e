"""Bring images, definitions and releases into the project's registry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.image_reference import parse_image_reference
from envctl.domain.oci import short_hex
from envctl.errors import Failed, Refused, Unreachable
from envctl.workflows.registry_look import is_index, platform_of, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.compose_artifact import ComposeDefinition
    from envctl.domain.oci import Content
    from envctl.domain.registry_place import RegistryPlace
    from envctl.domain.release import ReleaseImage
    from envctl.domain.release_parts import Part
    from envctl.ports.building import ImageNames, Pusher
    from envctl.ports.images import ImageRegistry, ImageRegistryReader


@dataclass(frozen=True)
class Publisher:
    """Writes into one repository; `origins` gives the registry of a host."""

    registry: ImageRegistry
    place: RegistryPlace
    pusher: Pusher
    images: ImageNames
    origins: Callable[[str], ImageRegistryReader]

    def push(self, image: str, tag: str) -> None:
        """Push what the engine has as `image`."""
        self.pusher.push(image, self.place.tagged(tag))

    def mirror(self, part: Part) -> None:
        """Copy somebody else's image, byte for byte; what no registry has comes from the engine."""
        if part.pin is None:
            raise ValueError(f"{part.name} has no pin")
        if part.pin.id:
            self._push_same(part.name, part.pin.id, part.tag)
            return
        try:
            self._copy(part, part.pin.digest)
        except Unreachable:
            named = f"{part.name.partition('@')[0]}@{part.pin.digest}"
            if not (here := self.images.image_ids([named])):
                raise
            self._push_same(named, here[named], part.tag)

    def _push_same(self, name: str, wanted: str, tag: str) -> None:
        found = self.images.image_ids([name]).get(name)
        if found != wanted:
            raise Refused(
                f"{name} on this engine is {found or 'missing'}, envctl.lock says {wanted}",
                hint="load the locked image, or take this one: envctl lock --update",
            )
        self.push(name, tag)

    def _copy(self, part: Part, digest: str) -> None:
        where = parse_image_reference(part.name)
        source = self.origins(where.host)
        manifest = required(source, where.repository, digest)
        if is_index(manifest):
            child = _child(manifest, part.platform, part.name)
            manifest = required(source, where.repository, child)
        self._put(manifest, source, where.repository, self.place.repository, part.tag)

    def put_artifact(self, tag: str, manifest: Content, blobs: tuple[Content, ...]) -> None:
        """Put a manifest and what it points to, under a tag of its own.

        Registries collect what only an index holds.
        """
        repository = self.place.repository
        if self.registry.digest(repository, tag) == manifest.digest:
            return
        for blob in blobs:
            self.registry.put_blob(repository, blob.data)
        self.registry.put_manifest(repository, tag, manifest)

    def put_definition(self, definition: ComposeDefinition) -> None:
        """Put a Compose definition."""
        manifest = definition.manifest()
        self.put_artifact(f"c.{short_hex(manifest.digest)}", manifest, definition.blobs())

    def put_release(self, index: Content, tag: str) -> None:
        """Put a release; from now on it is there."""
        if self.registry.digest(self.place.repository, tag) != index.digest:
            self.registry.put_manifest(self.place.repository, tag, index)

    def name(self, service: str, image: ReleaseImage, version: str) -> None:
        """Let people find an image by service and version; nothing of it is sent again."""
        here, people = self.place.repository, self.place.for_people(service)
        if there := self.registry.manifest(people, image.digest):
            self.registry.put_manifest(people, version, there)
            return
        manifest = required(self.registry, here, image.digest)
        self._put(manifest, self.registry, here, people, version)

    def _put(
        self,
        manifest: Content,
        source: ImageRegistryReader,
        source_repository: str,
        repository: str,
        tag: str,
    ) -> None:
        """Copy all that a manifest points to, then the manifest: so it is never there in part."""
        said = json.loads(manifest.data)
        for entry in said.get("manifests", ()):
            child = required(source, source_repository, entry["digest"])
            self._put(child, source, source_repository, repository, entry["digest"])
        for blob in (said["config"], *said["layers"]) if "config" in said else ():
            self.registry.copy_blob(
                source, source_repository, repository, blob["digest"], blob["size"]
            )
        self.registry.put_manifest(repository, tag, manifest)


def _child(index: Content, platform: str, name: str) -> str:
    entries = json.loads(index.data)["manifests"]
    found = {platform_of(entry.get("platform") or {}): str(entry["digest"]) for entry in entries}
    for known, digest in found.items():
        # linux/arm64 and linux/arm64/v8 are one
        if platform in (known, f"{known}/v8") or known == f"{platform}/v8":
            return digest
    raise Failed(
        f"{name} does not exist for {platform}", hint=f"it exists for {', '.join(sorted(found))}"
    )

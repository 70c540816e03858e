"""Look releases up in the project's registry: list, show, compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.compose_artifact import COMPOSE_FILE, ComposeDefinition, file_layers
from envctl.domain.input_artifact import input_tag, layer_of
from envctl.domain.oci import short_hex
from envctl.domain.release import BASE
from envctl.domain.release_diff import differences
from envctl.domain.release_reading import parse_release
from envctl.domain.release_version import read_release_tag, version_order
from envctl.errors import Failed, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.registry_place import RegistryPlace
    from envctl.domain.release import Release
    from envctl.domain.release_diff import ReleaseDifference
    from envctl.ports.images import ImageRegistryReader

LATEST = "latest"
_LIMIT = 16 << 20
_INPUTS_LIMIT = 256 << 20


@dataclass(frozen=True)
class NamedRelease:
    """A release, its digest, and what it is called: a release may have several versions."""

    version: str
    digest: str
    tag: str
    release: Release


@dataclass(frozen=True)
class Shelf:
    """The releases of one project; `readable` is how people read a Compose definition."""

    registry: ImageRegistryReader
    place: RegistryPlace
    readable: Callable[[bytes], bytes]

    def all(self) -> tuple[NamedRelease, ...]:
        """Return every release, the newest commit first."""
        tags = self.registry.tags(self.place.repository)
        found = [self._read(tag) for tag in tags if read_release_tag(tag)]
        return tuple(
            sorted(
                found,
                key=lambda r: (r.release.created, version_order(r.version)),
                reverse=True,
            )
        )

    def find(self, said: str) -> NamedRelease:
        """Return the release that `said` means: a version, the beginning of a digest, `latest`.

        UsageError where it means none, or more than one.
        """
        if said == LATEST:
            every = self.all()
            if not every:
                raise UsageError("there is no release yet", hint="envctl release makes one")
            return every[0]
        matching = [tag for tag in self.registry.tags(self.place.repository) if _means(said, tag)]
        digests = {parts[1] for tag in matching if (parts := read_release_tag(tag))}
        if len(digests) == 1:
            return self._read(matching[0])
        what = "several releases" if digests else "no release"
        raise UsageError(f"{said!r} is {what}", hint="envctl releases lists them")

    def compared(self, before: NamedRelease, after: NamedRelease) -> ReleaseDifference:
        """Return what differs between two releases."""
        texts = [
            {stage: self.for_people(r.release, stage) for stage, _ in r.release.definitions}
            for r in (before, after)
        ]
        return differences(before.release, after.release, *texts)

    def definition(self, release: Release, stage: str = BASE) -> ComposeDefinition:
        """Return the Compose definition of a stage, as it is in the release."""
        manifests = dict(release.definitions)
        if stage not in manifests:
            known = ", ".join(name for name in manifests if name) or "none"
            raise UsageError(f"the release has no stage {stage!r}", hint=f"there are: {known}")
        where = manifests[stage].digest
        manifest = self.registry.manifest(self.place.repository, where)
        if manifest is None:
            raise Failed(
                f"{self.place.reference(where)} is gone from the registry",
                hint="a registry must not collect what has a tag; make the release again",
            )
        texts = {
            name: self.registry.blob(self.place.repository, digest, _LIMIT)
            for name, digest in file_layers(manifest.data, self.place.reference(where))
        }
        return ComposeDefinition(texts.pop(COMPOSE_FILE), tuple(sorted(texts.items())))

    def for_people(self, release: Release, stage: str = BASE) -> ComposeDefinition:
        """Return the same to be read."""
        found = self.definition(release, stage)
        return replace(found, compose=self.readable(found.compose))

    def inputs(self, named: NamedRelease, service: str) -> bytes | None:
        """Return the packed inputs of a service's image; None where nobody has put them there."""
        image = named.release.image_of(service)
        if image is None or not image.input:
            raise UsageError(f"{named.version} has no {service} that was built")
        manifest = self.registry.manifest(self.place.repository, input_tag(image.input))
        if manifest is None:
            return None
        return self.registry.blob(self.place.repository, layer_of(manifest), _INPUTS_LIMIT)

    def _read(self, tag: str) -> NamedRelease:
        manifest = self.registry.manifest(self.place.repository, tag)
        where = self.place.tagged(tag)
        version, digits = read_release_tag(tag) or ("", "")
        if manifest is None or short_hex(manifest.digest) != digits:
            raise Failed(
                f"{where} is not the release that its name says",
                hint="somebody moved the tag; releases are never changed",
            )
        return NamedRelease(version, manifest.digest, tag, parse_release(manifest.data, where))


def _means(said: str, tag: str) -> bool:
    found = read_release_tag(tag)
    if found is None:
        return False
    digits = said.removeprefix("sha256:")
    is_digest = len(digits) >= 6 and (found[1].startswith(digits) or digits.startswith(found[1]))
    return said in (found[0], tag) or is_digest

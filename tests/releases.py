"""Releases for tests, put into a registry without an engine."""

from __future__ import annotations

from envctl.domain.compose_artifact import ComposeDefinition
from envctl.domain.oci import MANIFEST, Content, canonical_json, digest_of
from envctl.domain.registry_place import RegistryPlace
from envctl.domain.release import PlatformImage, Release, ReleaseImage
from envctl.domain.release_version import release_tag
from tests.ledgers import client

CONFIG = canonical_json({"os": "linux", "architecture": "amd64"})


def put_release(
    host: str, repository: str, version: str, *, commit: str = "a" * 40, services: int = 2
) -> Release:
    """Put a release of so many services; each of its images has one layer."""
    registry, place = client(host), RegistryPlace(host, repository)
    images = tuple(_image(place, f"s{n}", f"{version} s{n}") for n in range(services))
    definition = ComposeDefinition(canonical_json({"version": version}))
    for blob in definition.blobs():
        registry.put_blob(repository, blob.data)
    manifest = definition.manifest()
    registry.put_manifest(repository, manifest.digest, manifest)
    release = Release(
        "shop", commit, "2026-01-31T23:59:59Z", "Ada", "", (("", manifest.descriptor()),), images
    )
    index = release.index()
    registry.put_manifest(repository, release_tag(version, index.digest), index)
    return release


def _image(place: RegistryPlace, service: str, layer: str) -> ReleaseImage:
    registry, data = client(place.host), layer.encode()
    said = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "c", "digest": digest_of(CONFIG), "size": len(CONFIG)},
        "layers": [{"mediaType": "l", "digest": digest_of(data), "size": len(data)}],
    }
    manifest = Content(MANIFEST, canonical_json(said))
    for blob in (CONFIG, data):
        registry.put_blob(place.repository, blob)
    registry.put_manifest(place.repository, f"i.{manifest.digest[7:39]}", manifest)
    platform = PlatformImage("linux/amd64", manifest.digest, digest_of(CONFIG))
    return ReleaseImage(
        MANIFEST, manifest.digest, manifest.size, (service,), (platform,), input="1" * 64
    )

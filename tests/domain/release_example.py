"""A release to begin with: of a shop with two built images and one of others."""

from __future__ import annotations

from dataclasses import replace

from envctl.domain.compose_artifact import ComposeDefinition
from envctl.domain.oci import INDEX, MANIFEST, digest_of
from envctl.domain.release import BASE, PlatformImage, Release, ReleaseImage

BASE_TEXT = ComposeDefinition(b'{\n  "name": "shop"\n}\n', (("env-1.env", b"A=1\n"),))
STAGE_TEXT = ComposeDefinition(b'{\n  "name": "shop",\n  "x-a": 1\n}\n')


def built(*services: str, version: str = "1") -> ReleaseImage:
    """Return an image for one platform, made here."""
    digest = digest_of(f"{services}{version}".encode())
    made = PlatformImage("linux/amd64", digest, digest_of(b"config"))
    return ReleaseImage(MANIFEST, digest, 500, services, (made,), input="1a" * 32)


def mirrored(service: str) -> ReleaseImage:
    """Return an image of somebody else, for two platforms."""
    platforms = tuple(
        PlatformImage(name, digest_of(name.encode()), digest_of(name.upper().encode()))
        for name in ("linux/amd64", "linux/arm64/v8")
    )
    return ReleaseImage(
        INDEX, digest_of(b"index"), 900, (service,), platforms, origin="postgres:15"
    )


SHOP = Release(
    project="shop",
    commit="0123456789abcdef0123456789abcdef01234567",
    created="2026-01-31T23:59:59Z",
    author="A Person <person@example.com>",
    source="https://git.example.com/shop",
    definitions=(
        (BASE, BASE_TEXT.manifest().descriptor()),
        ("integration", STAGE_TEXT.manifest().descriptor()),
    ),
    images=(built("api", "migrate"), built("storefront"), mirrored("db")),
)
LATER = replace(
    SHOP,
    commit="f" * 40,
    images=(built("api", "migrate", version="2"), built("new"), mirrored("db")),
)

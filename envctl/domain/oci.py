"""What registries keep: canonical JSON, digests, descriptors. The same value, the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
EMPTY = "application/vnd.oci.empty.v1+json"

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Descriptor:
    """What an index or a manifest says of something: what it is, its digest and its size.

    `platform` is written `linux/amd64` or `linux/arm/v7`; empty where there is none.
    """

    media_type: str
    digest: str
    size: int
    artifact_type: str = ""
    platform: str = ""
    annotations: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as it is written."""
        said: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size,
        }
        if self.artifact_type:
            said["artifactType"] = self.artifact_type
        if self.platform:
            parts = ("os", "architecture", "variant")
            said["platform"] = dict(zip(parts, self.platform.split("/"), strict=False))
        if self.annotations:
            said["annotations"] = dict(self.annotations)
        return said


@dataclass(frozen=True)
class Content:
    """Bytes that a registry keeps, and what they are."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """The digest by which it is found."""
        return digest_of(self.data)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.data)

    def descriptor(
        self, artifact_type: str = "", annotations: tuple[tuple[str, str], ...] = ()
    ) -> Descriptor:
        """Return what points to it."""
        return Descriptor(
            self.media_type,
            self.digest,
            self.size,
            artifact_type,
            annotations=tuple(sorted(annotations)),
        )


def canonical_json(value: Any, parts: Callable[[Any], Any] | None = None) -> bytes:
    """Return `value` as JSON: keys in their order, no spaces, UTF-8.

    `parts` says what stands for a value that JSON does not know.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=parts
    )
    return text.encode()


def digest_of(data: bytes) -> str:
    """Return the digest of `data` as a registry writes it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def is_digest(text: object) -> bool:
    """Whether `text` is a digest of the one kind that is taken."""
    return isinstance(text, str) and bool(_DIGEST.fullmatch(text))


def short_hex(digest: str) -> str:
    """Return the 32 digits of a digest that tags carry."""
    return digest.partition(":")[2][:32]

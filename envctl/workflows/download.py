"""How much a target has to download."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.domain.registry_place import RegistryPlace
    from envctl.ports.images import ImageRegistryReader


def download_size(
    registry: ImageRegistryReader, place: RegistryPlace, digests: Iterable[str]
) -> int:
    """Return the bytes of all layers of images, each layer once, for their first platform."""
    layers: dict[str, int] = {}
    for digest in digests:
        manifest = registry.manifest(place.repository, digest)
        said = json.loads(manifest.data) if manifest else {}
        if children := said.get("manifests"):
            child = registry.manifest(place.repository, children[0]["digest"])
            said = json.loads(child.data) if child else {}
        layers |= {layer["digest"]: layer["size"] for layer in said.get("layers", ())}
    return sum(layers.values())

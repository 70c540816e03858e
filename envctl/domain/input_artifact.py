"""What went into an image, in a registry beside the image."""

from __future__ import annotations

import json

from envctl.domain.compose_artifact import NOTHING
from envctl.domain.kept import LENGTH
from envctl.domain.oci import MANIFEST, Content, canonical_json

INPUTS = "application/vnd.envctl.inputs.v1"
_LAYER = "application/vnd.envctl.inputs.v1+gzip"


def input_tag(digest: str) -> str:
    """Return the tag of the inputs with this digest."""
    return f"x.{digest[:LENGTH]}"


def input_artifact(packed: bytes) -> tuple[Content, tuple[Content, ...]]:
    """Return the manifest of packed inputs, and what it points to."""
    layer = Content(_LAYER, packed)
    said = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": INPUTS,
        "config": NOTHING.descriptor().as_json(),
        "layers": [layer.descriptor().as_json()],
    }
    return Content(MANIFEST, canonical_json(said)), (NOTHING, layer)


def layer_of(manifest: Content) -> str:
    """Return the digest of the packed inputs; ValueError where there are none."""
    try:
        return str(json.loads(manifest.data)["layers"][0]["digest"])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("this is no manifest of inputs") from error

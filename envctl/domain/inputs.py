"""The input digest: one hash of all that goes into an image."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEME = 1
"""Version of the canonical document; a change of it means that every image is built once more."""


@dataclass(frozen=True)
class Entry:
    """One path of a build context: `kind` is file, exec, link or dir.

    `content` is the sha256 of a file, the target of a link, and empty for a folder.
    """

    path: str
    kind: str
    content: str = ""


def tree_digest(entries: Iterable[Entry]) -> str:
    """Return the digest of a context tree, whatever order its entries come in."""
    digest = hashlib.sha256()
    for entry in sorted(entries, key=lambda e: e.path.encode("utf-8", "surrogateescape")):
        line = "\0".join((entry.path, entry.kind, entry.content)) + "\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def input_digest(
    definition: str,
    dockerfile: str,
    platform: str,
    trees: Mapping[str, str],
    bases: Mapping[str, str],
) -> str:
    """Return the input digest of an image.

    `definition` is the canonical build section without places, `dockerfile` the sha256 of the
    Dockerfile, `trees` the digest of each context by its name, `bases` the
    IDs of the images it builds upon, as far as they are on the engine.
    """
    document = {
        "scheme": SCHEME,
        "definition": definition,
        "dockerfile": dockerfile,
        "platform": platform,
        "trees": dict(trees),
        "bases": dict(bases),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def kept_name(image: str, digest: str) -> str:
    """Return the name under which the image made of these inputs is kept beside `image`."""
    name, _, last = image.partition("@")[0].rpartition("/")
    repository = f"{name}/{last.partition(':')[0]}" if name else last.partition(":")[0]
    return f"{repository}:i.{digest[:16]}"

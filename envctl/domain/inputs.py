"""The input digest: one hash of all that goes into an image."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SCHEME = 2
"""Version of the canonical document; a change of it means that every image is built once more."""
_SPECIAL = frozenset({
    "SOURCE_DATE_EPOCH", "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE",
    "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
})  # fmt: skip


class Entry(NamedTuple):
    """One path of a build context: `kind` is file, exec, link or dir.

    `content` is the sha256 of a file, the target of a link, and empty for a folder.
    """

    path: str
    kind: str
    content: str = ""


def tree_digest(entries: Iterable[Entry]) -> str:
    """Return the digest of a context tree, whatever order its entries come in.

    No path and no target has a NUL in it, so that no two trees are written the same.
    """
    fields = [text for entry in sorted(entries) for text in entry]
    text = "\0".join((*fields, "")) if fields else ""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True)
class InputDocument:
    """All that goes into an image, and nothing else: no places, names, times, owners.

    `dockerfile` is the sha256 of the Dockerfile, `ignore` the effective ignore rules and `trees`
    the digest by the name of each context (the main one's is empty), `arguments` the build
    arguments that count, `settings` the rest of the build section that can change the result,
    `secrets` and `ssh` IDs only, `bases` the pins of images by their names as written, `services`
    the input digests of other services that serve as contexts.
    """

    platforms: tuple[str, ...]
    dockerfile: str
    trees: Mapping[str, str]
    target: str = ""
    ignore: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {"scheme": SCHEME, **said}

    def text(self) -> str:
        """Return the canonical JSON: the same for the same inputs, byte for byte."""
        return json.dumps(self.content(), sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """The input digest."""
        return hashlib.sha256(self.text().encode()).hexdigest()


@dataclass(frozen=True)
class Inputs:
    """The inputs of one image as they are now; `entries` reads the trees once more.

    `files` are the Dockerfile and what says what to ignore, which may lie outside of the trees.
    """

    document: InputDocument
    digest: str
    read: Callable[[], Mapping[str, tuple[Entry, ...]]]
    files: tuple[str, ...] = ()

    @property
    def entries(self) -> Mapping[str, tuple[Entry, ...]]:
        """What is in each context, sorted by path, by the context's name."""
        return self.read()


def counting_arguments(
    arguments: Mapping[str, str], declared: Iterable[str] | None
) -> dict[str, str]:
    """Return the build arguments that count: declared ones; all where nobody could say which."""
    if declared is None:
        return dict(arguments)
    known = frozenset(declared)
    return {k: v for k, v in arguments.items() if k in known or is_special(k)}


def is_special(name: str) -> bool:
    """Whether a build argument changes a result without being declared."""
    return name in _SPECIAL or name.startswith("BUILDKIT_")

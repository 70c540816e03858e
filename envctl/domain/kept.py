"""The names under which built images are kept: by what went into them."""

from __future__ import annotations

CLEAN, UNCLEAN = ":i.", ":d."
LENGTH = 32
"""Hexadecimal digits of the input digest in a name; 128 bits are enough never to meet twice."""


def kept_name(repository: str, digest: str) -> str:
    """Return the name of the image that is made of these inputs, all of them committed."""
    return f"{repository}{CLEAN}{digest[:LENGTH]}"


def unclean_name(kept: str) -> str:
    """Return the name where files that went into it are in no commit: no release accepts it."""
    repository, _, digest = kept.rpartition(CLEAN)
    return f"{repository}{UNCLEAN}{digest}"


def is_of(name: str, kept: str) -> bool:
    """Whether `name` is for the inputs that `kept` is for, clean or not."""
    return name in (kept, unclean_name(kept))


def tag_of(name: str) -> str:
    """Return the tag of a kept name."""
    return name.rpartition(":")[2]

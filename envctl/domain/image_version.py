"""Which version of its program an image holds, as far as the image says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION_LABEL = "org.opencontainers.image.version"


@dataclass(frozen=True)
class Image:
    """An image as the engine describes it; only `name` is known of one that is not there."""

    name: str
    id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def image_version(image: Image) -> str:
    """Return the version of what `image` holds; empty when nothing says it.

    Asked in this order: PG_MAJOR and its like, NAME_VERSION where NAME is the image's own (others
    are of its tools), the label of the OCI, and the tag. The label comes late because an image
    inherits that of the one it is built upon.
    """
    said = (
        _major(image.environment),
        _own_version(image),
        image.labels.get(VERSION_LABEL, ""),
        _tag(image.name),
    )
    return next((text for text in said if major(text)), "")


def major(version: str) -> str:
    """Return the first number of `version`, an epoch (1:10.11) left out; empty without one."""
    found = re.match(r"(?:\d+:)?v?(\d+)", version)
    return found[1] if found else ""


def _major(environment: Mapping[str, str]) -> str:
    values = {value for name, value in environment.items() if name.endswith("_MAJOR")}
    return values.pop() if len(values) == 1 else ""


def _own_version(image: Image) -> str:
    name = _repository(image.name).rpartition("/")[2]
    return image.environment.get(f"{re.sub('[^a-z0-9]', '_', name).upper()}_VERSION", "")


def _tag(name: str) -> str:
    tag = name.partition("@")[0].removeprefix(_repository(name)).removeprefix(":")
    return tag if re.match(r"v?\d", tag) else ""


def _repository(name: str) -> str:
    """Return the name without tag and digest; a colon before the last slash is a port's."""
    plain = name.partition("@")[0]
    head, slash, last = plain.rpartition("/")
    return head + slash + last.partition(":")[0]

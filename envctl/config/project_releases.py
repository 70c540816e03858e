"""The settings of `envctl.toml` that releases are made by: registry and source."""

from __future__ import annotations

import re
from typing import Any

from envctl.errors import ConfigurationError

_HOST = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:)|\[[0-9a-f:]+\])"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REGISTRY = re.compile(rf"{_HOST}(?::[0-9]{{1,5}})?(?:/{_PART})*")
_SOURCE = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^\s/@:]+@)?[^\s/@]+(?:/[^\s]*)?")


def registry_of(data: dict[str, Any], where: str) -> str:
    """Return where the project's images and releases are kept; empty where nothing is said."""
    value = data.get("registry")
    if value is None or (isinstance(value, str) and _REGISTRY.fullmatch(value)):
        return value or ""
    raise ConfigurationError(
        f"{where}: registry: {value!r} is no address of a registry",
        hint='write host, port and path as in image names: "registry.example.com:5000/team"',
    )


def source_of(data: dict[str, Any], where: str) -> str:
    """Return the address of the source's repository; empty where nothing is said."""
    value = data.get("source")
    if value is None or (isinstance(value, str) and _SOURCE.fullmatch(value)):
        return value or ""
    raise ConfigurationError(
        f"{where}: source: {value!r} is no address of a repository",
        hint='write it like "https://git.example.com/team/shop", with no password in it',
    )

"""The settings of `envctl.toml` that releases are made by: registry, source, stages."""

from __future__ import annotations

import re
from typing import Any

from envctl.config.strict import check_keys, check_table
from envctl.domain.project import NAME_HINT, is_name
from envctl.domain.stage import Stage
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


def stages_of(data: dict[str, Any], where: str) -> tuple[Stage, ...]:
    """Return the stages in the order of the file."""
    tables = check_table(data.get("stages", {}), f"{where}: stages")
    return tuple(_stage(name, table, f"{where}: stages") for name, table in tables.items())


def _stage(name: str, table: Any, where: str) -> Stage:
    if not is_name(name):
        raise ConfigurationError(f"{where}: {name!r} cannot be a stage's name", hint=NAME_HINT)
    here = f"{where}.{name}"
    check_keys(check_table(table, here), ("overlay",), here)
    overlay = table.get("overlay", "")
    if not isinstance(overlay, str) or ("overlay" in table and not overlay):
        raise ConfigurationError(f"{here}: overlay: {overlay!r} is no path of a Compose file")
    return Stage(name, overlay)

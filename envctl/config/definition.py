"""What a container of a service is made from, as a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

# what Compose itself leaves out when it compares a container with its service
_NOT_IN_CONTAINER = ("build", "pull_policy", "scale", "depends_on", "profiles", "develop")

ContentDigest = Callable[[str], str | None]
"""The sha256 of a file's content; None for what is no readable regular file."""
VariableDigest = Callable[[str], str | None]
"""The same of a variable's value; None where it has none."""


def unknown(name: str) -> None:
    """Know no variable."""


def definition_of(
    body: dict[str, Any],
    model: dict[str, Any],
    content_digest: ContentDigest,
    variable_digest: VariableDigest,
) -> str:
    """Return the digest of all that Compose hands to the engine for a container of a service."""
    own = {k: v for k, v in body.items() if k not in _NOT_IN_CONTAINER and not k.startswith("x-")}
    if isinstance(own.get("deploy"), dict):
        own["deploy"] = {k: v for k, v in own["deploy"].items() if k != "replicas"}
    around = {
        "networks": _named(model, "networks", body.get("networks") or {}),
        "volumes": _named(model, "volumes", _sources(body, "volumes")),
        "configs": _named(model, "configs", _sources(body, "configs")),
        "secrets": _named(model, "secrets", _sources(body, "secrets")),
        "files": {path: content_digest(path) for path in sorted(_files(body, model))},
    }
    if variables := {name: variable_digest(name) for name in sorted(_variables(body, model))}:
        around["variables"] = variables
    return hashlib.sha256(canonical([own, around]).encode()).hexdigest()


def _sources(body: dict[str, Any], key: str) -> list[str]:
    return [
        entry["source"]
        for entry in body.get(key) or []
        if isinstance(entry, dict) and entry.get("source")
    ]


def _named(model: dict[str, Any], kind: str, names: Any) -> dict[str, Any]:
    top = model.get(kind) or {}
    return {name: top[name] for name in sorted(names) if name in top}


def _files(body: dict[str, Any], model: dict[str, Any]) -> set[str]:
    mounts = body.get("volumes") or []
    bound = {m["source"] for m in mounts if m.get("type") == "bind" and m.get("read_only")}
    return bound | _filled_from("file", body, model)


def _variables(body: dict[str, Any], model: dict[str, Any]) -> set[str]:
    return _filled_from("environment", body, model)


def _filled_from(key: str, body: dict[str, Any], model: dict[str, Any]) -> set[str]:
    return {
        str(top[key])
        for kind in ("configs", "secrets")
        for top in _named(model, kind, _sources(body, kind)).values()
        if isinstance(top, dict) and top.get(key)
    }


def canonical(value: Any) -> str:
    """Return `value` as JSON that is the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)

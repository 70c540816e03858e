"""Put services of a checkout into the definition of a release, in place of the released ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envctl.config.release.writing import compose_bytes, escaped
from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KINDS = ("networks", "volumes", "configs", "secrets")


def with_own(compose: bytes, effective: dict[str, Any], services: Iterable[str]) -> bytes:
    """Return the definition with `services` as the checkout's effective model has them.

    What they use and the release does not have comes with them. UsageError for a service that
    the checkout does not have.
    """
    model = json.loads(compose)
    there = effective.get("services") or {}
    for name in services:
        if name not in there:
            known = ", ".join(sorted(there)) or "none"
            raise UsageError(f"--with {name}: there is no such service here", hint=f"has: {known}")
        model["services"][name] = _as_written(there[name])
        for kind, key in _used(there[name]):
            body = (effective.get(kind) or {}).get(key)
            if body is not None and key not in (model.get(kind) or {}):
                model.setdefault(kind, {})[key] = _own_name_left(kind, key, body, effective)
    return compose_bytes(model)


def _used(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in _KINDS:
        for use in body.get(kind) or ():
            key = use.get("source") if isinstance(use, dict) else use
            if key and key != "default":
                yield kind, str(key)


def _own_name_left(kind: str, key: str, body: Any, effective: dict[str, Any]) -> Any:
    """A name that Compose made of the checkout's playground would be shared with that."""
    kept = dict(body or {})
    if kept.get("name") == f"{effective.get('name')}_{key}":
        del kept["name"]
    return _as_written(kept)


def _as_written(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_written(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_as_written(entry) for entry in value]
    return escaped(value) if isinstance(value, str) else value

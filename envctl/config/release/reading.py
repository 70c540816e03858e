"""Read the Compose file of a release that comes from a registry: anybody may have put it there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from envctl.errors import Failed

if TYPE_CHECKING:
    from envctl.domain.compose_artifact import ComposeDefinition

_KINDS = ("services", "networks", "volumes", "configs", "secrets")
# what Compose takes, less what is another folder: keys become names of files
_KEY = re.compile(r"(?!\.+$)[a-zA-Z0-9._-]{1,200}", re.ASCII)

_DIGITS = 100


def is_key(text: str) -> bool:
    """Whether a service, network, volume, config or secret can be called so."""
    return bool(_KEY.fullmatch(text))


def read_definition(definition: ComposeDefinition) -> dict[str, Any]:
    """Return the model as it is written; Failed says what is wrong with it.

    Its services, networks, volumes, configs and secrets are mappings of mappings, or None.
    """
    try:
        model = _model(definition)
        for kind in _KINDS:
            _require_parts(kind, model.get(kind))
    except ValueError as error:
        raise Failed(
            f"the release has no definition that envctl can read: {error}",
            hint="it was made by another tool or changed in the registry; make the release again",
        ) from None
    return model


def _model(definition: ComposeDefinition) -> dict[str, Any]:
    try:
        text = definition.compose.decode()
        model = json.loads(text, object_pairs_hook=_once, parse_constant=_none, parse_int=_whole)
        # halves of characters are no text, and what is too large for a number is read as none
        json.dumps(model, ensure_ascii=False, allow_nan=False).encode()
        for _, data in definition.env_files:
            data.decode()
    except UnicodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON (line {error.lineno})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(model, dict):
        raise ValueError("it is not a mapping")
    return model


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may each take another one of two equal keys."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it has a key twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("it has a number that is too large")
    return int(digits)


def _none(said: str) -> Any:
    raise ValueError(f"{said} is not JSON")


def _require_parts(kind: str, parts: Any) -> None:
    if not isinstance(parts, dict | None):
        raise ValueError(f"{kind} is not a mapping")
    for key, body in (parts or {}).items():
        if not is_key(key):
            raise ValueError(f"{kind}: {key[:80]!a} is no name")
        if not isinstance(body, dict | None):
            raise ValueError(f"{kind}.{key} is not a mapping")

"""Find literals that look like secrets: a release is read by all who can read the registry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.config.release.variables import FILLED, defaults_in, literal
from envctl.domain.redaction import is_known_shape, names_secret, redact, redact_text
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.config.release.complaint import Place

_SCHEME = re.compile(r"^(?:bearer|basic|digest|token)\b", re.IGNORECASE)
_YES_OR_NO = ("true", "false", "yes", "no", "on", "off")
_REMEDY = "use a secret or a variable, or name it in x-envctl: {not_secret: [%s]}"


def secret_literals(model: dict[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint for each literal in the written `model` that looks like a secret."""
    for kind in ("services", "secrets", "configs", "volumes", "networks"):
        for name, body in (model.get(kind) or {}).items():
            if not isinstance(body, dict):
                continue
            allowed = not_secret(f"{kind}.{name}", body)
            suspects = _suspects((kind, name), _without_content(kind, body))
            for place, said in dict.fromkeys(suspects):
                if said not in allowed:
                    yield _complaint(place, said)


def not_secret(where: str, body: dict[str, Any]) -> frozenset[str]:
    """Return the names that a service, or another part at `where`, says to hold no secret."""
    own = body.get("x-envctl")
    names = own.get("not_secret", []) if isinstance(own, dict) else []
    if isinstance(names, list) and all(isinstance(item, str) for item in names):
        return frozenset(names)
    raise ConfigurationError(f"{where}.x-envctl.not_secret: {names!r} is not a list of names")


def secrets_in_env_file(text: str) -> Iterator[str]:
    """Yield the names of the secrets in an env file."""
    for line in map(str.strip, text.splitlines()):
        name, _, value = line.removeprefix("export ").partition("=")
        name, value = name.strip(), literal(value.strip().strip("'\""))
        hidden = redact({name: value}) != {name: value} and _says_something(value)
        by_default = any(names_secret(default.name) for default in defaults_in(line))
        if (hidden or by_default) and not line.startswith("#"):
            yield name
    if is_known_shape(text):
        yield "a key"


def _without_content(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is judged by its shape alone, and what no release holds."""
    left_out = {"services": ("build", "develop", "image", "sysctls"), "configs": ("content",)}
    return {k: v for k, v in body.items() if k not in (*left_out.get(kind, ()), "x-envctl")}


def _suspects(start: Place, body: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    said = _literals(body)
    shown = redact({start[0]: {start[1]: said}})[start[0]][start[1]]
    yield from _changed(start, said, shown)
    yield from _defaults(start, body)


def _literals(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _literals(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_literals(entry) for entry in value]
    return literal(value) if isinstance(value, str) else value


def _changed(place: Place, said: Any, shown: Any) -> Iterator[tuple[Place, str]]:
    """Yield where something is hidden from people, and so is a secret."""
    if isinstance(said, dict) and isinstance(shown, dict):
        for key in said:
            yield from _changed((*place, str(key)), said[key], shown[key])
    elif isinstance(said, list) and isinstance(shown, list):
        for number, (one, other) in enumerate(zip(said, shown, strict=True)):
            yield from _changed((*place, _name_of_item(one, number)), one, other)
    elif said != shown and not _is_script(said) and _says_something(_value(place, said)):
        yield place, _name(place)


def _is_script(said: Any) -> bool:
    """Whether this is `NAME=$X command`, which people are shown as one assignment."""
    found = re.match(rf"[\w.-]+={re.escape(FILLED)}\s", str(said))
    return bool(found) and redact_text(str(said)) == said


def _value(place: Place, said: Any) -> str:
    """Return what is assigned to the name by which a list calls the item."""
    return str(said).removeprefix(f"{place[-1]}=")


def _says_something(text: str) -> bool:
    """Whether there is more than what variables fill in, and than yes or no."""
    if text.lower() in _YES_OR_NO:
        return False
    return any(c.isalnum() for c in _SCHEME.sub("", text.strip()).replace(FILLED, ""))


def _defaults(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _defaults((*place, str(key)), entry)
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _defaults((*place, _name_of_item(entry, number)), entry)
    elif isinstance(value, str) and any(names_secret(d.name) for d in defaults_in(value)):
        yield place, _name(place)


def _name_of_item(item: Any, number: int) -> str:
    """Return what a list calls an item: the NAME of NAME=value, else its number."""
    name, assigned, _ = str(item).partition("=")
    return name if assigned and not isinstance(item, dict) and " " not in name else str(number)


def _name(place: Place) -> str:
    """Return by what `not_secret` would name it: the last name, for a word of a command that."""
    return next(part for part in reversed(place) if not part.isdigit())


def _complaint(place: Place, name: str) -> Complaint:
    return Complaint(place, "holds what looks like a secret", _REMEDY % name)

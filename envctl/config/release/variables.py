"""Variables in a text that Compose has not yet filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# no braces inside: the innermost first
_VARIABLE = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-+?])(?P<text>[^{}$]*))?\})"
)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# what the shell in the container fills in: $$NAME, $${NAME}, $$(command)
_IN_CONTAINER = re.compile(r"\$\$(?:[A-Za-z_]\w*|\{[^{}]*\}|\([^()]*\))")
_DOLLAR, _FILLED = "\x1a", "\x1f"

FILLED = "$X"
"""Stands for what a variable fills in."""


@dataclass(frozen=True)
class Default:
    """A variable and the text that stands for it where it is not set."""

    name: str
    text: str


def has_variable(text: str) -> bool:
    """Whether Compose would fill something in."""
    return bool(_VARIABLE.search(text.replace("$$", "")))


def names_in(text: str) -> set[str]:
    """Return the names of the variables that are filled in."""
    names, left = set[str](), text.replace("$$", "")
    while found := _VARIABLE.search(left):
        names.add(found["plain"] or found["name"])
        left = left[: found.start()] + left[found.end() :]
    return names


def passed_on(model: dict[str, Any]) -> set[str]:
    """Return the variables that services have as they are here, `environment: [NAME]`."""
    found = set()
    for body in (model.get("services") or {}).values():
        said = (body or {}).get("environment")
        if isinstance(said, dict):
            found |= {name for name, value in said.items() if value is None}
        elif isinstance(said, list):
            found |= {str(entry) for entry in said if "=" not in str(entry)}
    return {name for name in found if _NAME.fullmatch(name)}


def defaults_in(text: str) -> Iterator[Default]:
    """Yield the variables that have a default which is not empty."""
    left = text.replace("$$", _DOLLAR)
    while found := _VARIABLE.search(left):
        default = _default(found)
        if text := default.replace(_FILLED, "").replace(_DOLLAR, "$"):
            yield Default(found["name"], text)
        left = left[: found.start()] + (default or _FILLED) + left[found.end() :]


def literal(text: str) -> str:
    """Return what the file itself says: defaults as they are, `FILLED` for values of variables.

    What stands for the password in an address is left out.
    """
    left = _IN_CONTAINER.sub(_FILLED, text).replace("$$", _DOLLAR)
    while found := _VARIABLE.search(left):
        left = left[: found.start()] + (_default(found) or _FILLED) + left[found.end() :]
    left = re.sub(rf"{_FILLED}+(?=@)", "", left)
    return re.sub(f"{_FILLED}+", lambda _: FILLED, left).replace(_DOLLAR, "$")


def _default(found: re.Match[str]) -> str:
    """Return the text that a variable without a value, or one with `+`, leaves there."""
    return (found["text"] or "") if found["how"] and not found["how"].endswith("?") else ""

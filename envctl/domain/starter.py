"""The first envctl.toml of a project: the manual, with what holds for the project filled in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | tuple[str, ...]

_SETTING = re.compile(r"(?P<key>\w+) = ")


def starter_text(reference: str, said: Mapping[str, Value], examples: Mapping[str, Value]) -> str:
    """Return `reference` with the settings in `said`; all others are comments.

    `examples` are values that would make sense in a comment; the reference's own stand in the
    rest.
    """
    lines, at_top = [], True
    for line in reference.splitlines():
        at_top = at_top and not line.startswith("[")
        found = _SETTING.match(line) if at_top else None
        key = found["key"] if found else ""
        if key in said:
            lines.append(f"{key} = {_toml(said[key])}")
        elif key in examples:
            lines.append(f"# {key} = {_toml(examples[key])}")
        else:
            lines.append(line if not line or line.startswith("#") else f"# {line}")
    return "\n".join([*lines, ""])


def env_files(model: Mapping[str, Any]) -> frozenset[str]:
    """Return the files whose variables go into containers."""
    entries = [
        entry
        for body in (model.get("services") or {}).values()
        for entry in (body or {}).get("env_file") or []
    ]
    return frozenset(str(e.get("path") if isinstance(e, dict) else e) for e in entries)


def _toml(value: Value) -> str:
    """JSON's strings and lists are TOML's, but for one character."""
    plain = value if isinstance(value, str) else list(value)
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")

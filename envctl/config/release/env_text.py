"""Variables as a file that Compose reads them from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ESCAPED = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def env_text(variables: Mapping[str, str]) -> str:
    """Return a line for each variable; what it holds comes back as it is, line breaks included."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(variables.items()))


def _quoted(value: str) -> str:
    if not set(value) & {"'", "\n", "\r", "\t", "\\"}:
        return f"'{value}'"
    return '"' + "".join(_ESCAPED.get(c, c) for c in value) + '"'

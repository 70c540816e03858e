"""Durations in `envctl.toml`: a number with a unit."""

from __future__ import annotations

import re
from typing import Any

from envctl.errors import ConfigurationError

_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(value: Any, where: str, *, zero: bool = False) -> float:
    """Return seconds; `where` names the key in errors, `zero` says whether none at all will do."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found and (zero or int(found[1]) > 0):
        return int(found[1]) * _SECONDS[found[2]]
    raise ConfigurationError(
        f"{where}: {value!r} is not a duration", hint='write it like "90s" or "5m"'
    )

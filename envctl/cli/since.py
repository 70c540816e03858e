"""Read a moment or an age as a person writes it."""

from __future__ import annotations

import re
from datetime import datetime

from envctl.errors import UsageError

_AGO = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_age(text: str) -> int:
    """Return an age (90s, 10m, 2h, 7d) in seconds; ValueError for anything else."""
    if found := _AGO.fullmatch(text):
        return int(found[1]) * _SECONDS[found[2]]
    raise ValueError(text)


def parse_since(text: str, now: float) -> int | None:
    """Return `text` as epoch seconds; None for an empty one.

    `text` is an age before `now` (90s, 10m, 2h, 1d) or an ISO 8601 date and time, in local time
    unless it says otherwise. Raises UsageError for anything else.
    """
    if not text:
        return None
    if _AGO.fullmatch(text):
        return max(int(now) - parse_age(text), 0)
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise UsageError(
            f"--since: {text!r} is no moment",
            hint='write "10m", "2h", or a date and time like 2026-05-01T12:00:00Z',
        ) from None

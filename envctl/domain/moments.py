"""Times in UTC as records have them (`2026-01-31T23:59:59Z`), and how far they are apart."""

from __future__ import annotations

import re

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)
_DAY = 86400
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def seconds_of(moment: str) -> int:
    """Return the seconds from the year 0 on to `moment`; ValueError for what is no time."""
    found = _FORM.fullmatch(moment)
    if found is None:
        raise ValueError(f"{moment!r} is no time in UTC")
    year, month, day, hour, minute, second = map(int, found.groups())
    right = 1 <= month <= 12 and 1 <= day <= _days(year, month)
    if not right or hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"{moment!r} is no time in UTC")
    days = year * 365 + _leap_days(year) + sum(_days(year, m) for m in range(1, month)) + day
    return days * _DAY + hour * 3600 + minute * 60 + second


def is_moment(text: str) -> bool:
    """Whether `text` is a time in UTC, as records have it."""
    try:
        seconds_of(text)
    except ValueError:
        return False
    return True


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTHS[month - 1] + (leap and month == 2)


def _leap_days(year: int) -> int:
    """How many years before `year` had one day more."""
    last = year - 1
    return last // 4 - last // 100 + last // 400

"""Sizes and ages as a person reads them."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_DAY = 86400


def size(count: float) -> str:
    """Return a number of bytes, such as `1.5 GiB`."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit < 3 else f"{count:.1f} {_UNITS[unit]}"


def age(seconds: float) -> str:
    """Return an age in its largest whole unit, such as `3 h`; none is below 0 s."""
    left = max(int(seconds), 0)
    for unit, length in (("d", _DAY), ("h", 3600), ("min", 60)):
        if left >= length:
            return f"{left // length} {unit}"
    return f"{left} s"

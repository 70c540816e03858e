"""What a terminal can show: how wide a line may be, and colours."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def columns(stream: TextIO, otherwise: int = 80) -> int:
    """Return how many characters fit into a line of `stream`; COLUMNS goes before the terminal."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or otherwise
    except (OSError, ValueError):
        return otherwise


def has_colours(stream: TextIO) -> bool:
    """Tell whether to write colours to `stream`: a terminal that knows some, and no NO_COLOR."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


def paint(text: str, style: str) -> str:
    """Return `text` in a style of words, as in "bold red"; an empty one leaves it as it is."""
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text

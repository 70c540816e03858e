"""A terminal's screen: what is left to see of a stream with cursor movements."""

from __future__ import annotations

import re
from itertools import groupby

from rich.text import Text

_TOKENS = re.compile(r"\x1b\[(?P<numbers>[?\d;]*)(?P<verb>[A-Za-z])|(?P<char>[\s\S])")
Cell = tuple[str, str]
"""A character and the SGR sequences that colour it."""


class Screen:
    """Understands what rich's live display sends, and raises ValueError for anything else.

    Nothing scrolls away: the screen is as high as what was written.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[list[Cell]] = [[]]
        self._row = self._column = 0
        self._style = ""

    def feed(self, data: str) -> None:
        """Write `data` at the cursor; control sequences have to be whole."""
        for token in _TOKENS.finditer(data):
            if token["verb"]:
                self._control(token["verb"], token["numbers"])
            else:
                self._write(token["char"])

    def lines(self) -> list[Text]:
        """Return the rows with their colours, without empty ones at the end."""
        rows = [Text.from_ansi("".join(map(_coloured, _runs(row)))) for row in self._rows]
        while rows and not rows[-1].plain.strip():
            rows.pop()
        return rows

    def _write(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self._down()
        elif char.isprintable():
            self._put(char)
        else:
            raise ValueError(f"the screen does not know the character {char!r}")

    def _put(self, char: str) -> None:
        if self._column == self._width:
            self._column = 0
            self._down()
        row = self._rows[self._row]
        row.extend([(" ", "")] * (self._column + 1 - len(row)))
        row[self._column] = (char, self._style)
        self._column += 1

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append([])

    def _control(self, verb: str, numbers: str) -> None:
        match verb, numbers:
            case "m", _:
                self._style = "" if numbers in ("", "0") else f"{self._style}\x1b[{numbers}m"
            case "A", _:
                self._row = max(0, self._row - int(numbers or 1))
            case "K", "2":
                self._rows[self._row].clear()
            case (("h" | "l"), "?25"):
                pass  # the cursor is shown or hidden
            case _:
                raise ValueError(f"the screen does not know the sequence {numbers}{verb}")


def _runs(row: list[Cell]) -> list[Cell]:
    return [
        ("".join(char for char, _ in cells), style)
        for style, cells in groupby(row, key=lambda cell: cell[1])
    ]


def _coloured(run: Cell) -> str:
    text, style = run
    return f"{style}{text}\x1b[0m" if style else text

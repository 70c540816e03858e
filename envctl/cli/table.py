"""Aligned columns without a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.cli.screen import paint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "
_NARROWEST = 8


@dataclass(frozen=True)
class Coloured:
    """A cell with a style, as in "bold red"."""

    text: str
    style: str

    def __str__(self) -> str:
        return self.text


Cell = str | Coloured


def table_lines(
    rows: Sequence[Sequence[Cell]], room: int | None = None, *, colours: bool = False
) -> Iterator[str]:
    """Yield the lines of a table; the first row are its headings.

    Where a line would not fit into `room`, the widest columns give way: the last one goes on in
    the next line, the others are cut.
    """
    texts = [[_on_one_line(str(cell)) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
    if room is not None:
        widths = _squeezed(widths, room - len(GAP) * (len(widths) - 1))
    for number, (row, cells) in enumerate(zip(rows, texts, strict=True)):
        styles = [cell.style if isinstance(cell, Coloured) else "" for cell in row]
        yield from _row_lines(
            cells, widths, (["dim"] * len(row) if number == 0 else styles) if colours else None
        )


def _row_lines(
    cells: Sequence[str], widths: Sequence[int], styles: Sequence[str] | None
) -> Iterator[str]:
    first = [cut(cell, size) for cell, size in zip(cells[:-1], widths, strict=False)]
    for part in _wrapped(cells[-1], widths[-1]):
        parts = [*first, part]
        while parts and not parts[-1]:
            parts.pop()
        padding = [" " * (size - width(p)) for p, size in zip(parts, widths, strict=False)]
        padding[-1:] = [""]
        painted = parts if styles is None else map(paint, parts, styles)
        yield GAP.join(p + space for p, space in zip(painted, padding, strict=False))
        first = [""] * len(first)


def _squeezed(widths: Sequence[int], room: int) -> list[int]:
    """Take from the widest, as long as it has something to give."""
    left = list(widths)
    while sum(left) > room and max(left) > _NARROWEST:
        left[left.index(max(left))] -= 1
    return left


def _wrapped(text: str, room: int) -> list[str]:
    if width(text) <= room:
        return [text]
    import textwrap

    return textwrap.wrap(text, room, break_on_hyphens=False)


def cut(text: str, room: int) -> str:
    """Return `text`, or what of it fits into `room` with an ellipsis."""
    if width(text) <= room:
        return text
    while width(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def width(text: str) -> int:
    """Return how many columns `text` takes on a screen."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _on_one_line(text: str) -> str:
    """What is not printable could move the cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text)

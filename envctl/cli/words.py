"""How envctl puts things: errors, plans and tables, for people and for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from envctl.domain.plan import Plan
from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

PHASE_STYLES = {
    "ready": "green",
    "done": "blue",
    "failed": "bold red",
    "starting": "yellow",
    "waiting": "dim",
}


def error_lines(error: EnvctlError) -> list[str]:
    """Return what to print for `error`: details first, so that the sentence stands last but one."""
    return [*error.details, f"error: {error.message}", f"hint: {error.hint}"]


def print_json(value: Any) -> None:
    """Print `value` as JSON on stdout, dataclasses as objects."""
    print(json.dumps(value, indent=2, default=_plain))


def print_plan(plan: Plan, *, as_json: bool) -> None:
    """Print a plan, a step a line."""
    if as_json:
        print_json({"steps": [_step(s) for s in plan.steps]})
    else:
        print(plan or "nothing to do")


def console() -> Console:
    """Return the way to stdout; colours only on a terminal and without NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Print aligned columns without a frame; in a pipe without colours and trailing spaces."""
    if not sys.stdout.isatty():
        _print_plain([headings, *rows])
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="ellipsis", no_wrap=heading != "ADDRESS")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _print_plain(rows: Sequence[Sequence[str | Text]]) -> None:
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _step(step: Any) -> dict[str, str]:
    return {"action": step.action, "subject": step.subject, "cause": step.cause}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")

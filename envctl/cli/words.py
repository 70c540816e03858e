"""How envctl puts things: errors, plans and tables, for people and for programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from envctl.cli.table import Cell
    from envctl.domain.plan import Plan, Step
    from envctl.errors import EnvctlError

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
    import json

    print(json.dumps(value, indent=2, default=_plain))


def print_plan(plan: Plan, *, as_json: bool) -> None:
    """Print a plan, a step a line."""
    if as_json:
        print_json({"steps": plain_steps(plan.steps)})
    else:
        print(plan or "nothing to do")


def console() -> Console:
    """Return the way to stdout; colours only on a terminal and without NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print aligned columns without a frame: in a pipe as wide as they are, without colours."""
    from envctl.cli.screen import columns, has_colours
    from envctl.cli.table import table_lines

    room = columns(sys.stdout) if sys.stdout.isatty() else None
    for line in table_lines([headings, *rows], room, colours=has_colours(sys.stdout)):
        print(line)


def plain_steps(steps: Iterable[Step]) -> list[dict[str, str]]:
    """Return steps as JSON has them."""
    return [{"action": s.action, "subject": s.subject, "cause": s.cause} for s in steps]


def _plain(value: Any) -> Any:
    import dataclasses

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")

"""Print what is up, and where it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.table import Coloured
from envctl.cli.words import PHASE_STYLES, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.workflows.up import Running


def print_running(running: Sequence[Running], *, as_json: bool) -> None:
    """Print a row for each service, or JSON."""
    if as_json:
        rows = [(r.state.service, r.state.phase, r.state.detail, r.addresses) for r in running]
        keys = ("service", "phase", "state", "addresses")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    print_table(("SERVICE", "STATE", "ADDRESS"), [_row(r) for r in running])


def _row(running: Running) -> tuple[str, Coloured, str]:
    state = running.state
    detail = Coloured(state.detail, PHASE_STYLES[state.phase])
    return state.service, detail, "  ".join(running.addresses)

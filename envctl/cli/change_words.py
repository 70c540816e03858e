"""How commands on stages put things, and what they all take."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from envctl.errors import Refused

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from envctl.domain.plan import Step
    from envctl.domain.stage import Stage

PRODUCTION = "production"


def add_wait(parser: argparse.ArgumentParser) -> None:
    """Add `--wait`, which every command that changes a stage takes."""
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=None,
        help="While another command changes the stage, wait so long; by default do not.",
    )


def add_change_options(parser: argparse.ArgumentParser) -> None:
    """Add what commands take that change what a stage runs."""
    from envctl.cli.arguments import add_timeout

    add = parser.add_argument
    add("--reason", metavar="TEXT", default="", help="Why; it shows in the history.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--yes", action="store_true", help="Do not ask; without a terminal nobody is asked.")
    add_wait(parser)
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def _seconds(text: str) -> float:
    import argparse

    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def require_consent(stage: Stage, steps: Iterable[Step], *, said: bool) -> None:
    """Ask a person before a guarded stage is changed; without a terminal nobody is asked."""
    guarded = stage.after or stage.name == PRODUCTION
    if said or not guarded or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    for step in steps:
        print(step, file=sys.stderr)
    print(f"Change {stage.name}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nobody said yes")


def steps_as_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return steps as JSON has them."""
    return [{"action": s.action, "subject": s.subject, "cause": s.cause} for s in steps]

"""`envctl history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.arguments import whole
from envctl.cli.completion import add_stage

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `history` takes."""
    add = parser.add_argument
    add_stage(parser)
    add("--limit", metavar="N", type=whole(1), default=0, help="Only the last N records.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show what happened to a stage: when, what, who, from where, why, and how it ended."""
    from envctl.cli.stage_words import HISTORY, as_record, history_row
    from envctl.cli.words import print_json, print_table
    from envctl.wiring import stages

    files = invocation.project_files()
    stage = stages.stage_of(files, options.stage)
    records = stages.ledger_look(files).history(stage.name, options.limit)
    if options.json:
        print_json([as_record(record) for record in records])
        return
    if not records:
        invocation.note(f"nothing happened to {stage.name} yet: envctl promote {stage.name}")
        return
    print_table(HISTORY, [history_row(record) for record in records])

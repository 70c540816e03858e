"""`envctl ps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `ps` takes."""
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show each service: how it is, and where it answers."""
    from envctl import wiring
    from envctl.workflows.ps import ps

    rows = ps(wiring.engine_reader(), invocation.project_files().project())
    if options.json:
        from envctl.cli.words import print_json

        print_json(rows)
        return
    from envctl.cli.table import Coloured
    from envctl.cli.words import PHASE_STYLES, print_table

    print_table(
        ("SERVICE", "STATE", "IMAGE", "ADDRESS"),
        [
            (r.service, Coloured(r.state, PHASE_STYLES[r.phase]), r.image, "  ".join(r.addresses))
            for r in rows
        ],
    )

"""`envctl unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.completion import add_stage

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `unlock` takes."""
    add = parser.add_argument
    add_stage(parser)
    add("--reason", metavar="TEXT", required=True, help="Why; it shows in the history.")
    add("--dry-run", action="store_true", help="Say who holds it, change nothing.")
    add("--yes", action="store_true", help="Do not ask.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Take the lock of a stage from whoever holds it; the history says so."""
    from envctl.cli.stage_words import ask, waiting_for
    from envctl.wiring import stages
    from envctl.wiring.open_stage import open_stage
    from envctl.workflows.unlock import unlock

    files = invocation.project_files()
    stage = stages.stage_of(files, options.stage)
    with open_stage(files, stage, invocation.note) as here:
        holder = here.lock.holder()
        if holder is None:
            invocation.note(f"nothing to do: nobody holds the lock of {stage.name}")
            return
        said = f"{stage.name} is held by {holder}"
        if options.dry_run:
            print(said)
            return
        if not options.yes:
            ask([said], "what they are doing would end half done")
        waiting = waiting_for(invocation.note)
        former = unlock(stage.name, here.lock, here.ledger, options.reason, waiting)
    invocation.note(f"the lock was taken from {former or 'nobody: they have just ended'}")

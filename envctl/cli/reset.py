"""`envctl reset`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.arguments import add_timeout

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `reset` takes."""
    add = parser.add_argument
    add("--to", metavar="SNAPSHOT", default="", help="Begin with the data of a snapshot.")
    add("--force", action="store_true", help="Even when an image has another major version now.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Make the playground new: remove it with its data, and start again."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.running import print_running
    from envctl.cli.words import print_plan
    from envctl.wiring.playgrounds import Renew, renew
    from envctl.workflows.snapshot_restore import RestoreRequest

    files = invocation.project_files()
    wiring.require_tools()
    to = RestoreRequest(options.to, force=options.force) if options.to else None
    asked = Renew(to, dry_run=options.dry_run, timeout=options.timeout)
    with reporting() as reporter:
        done = renew(files, asked, reporter)
    if options.dry_run:
        print_plan(done.plan, as_json=options.json)
    else:
        print_running(done.running, as_json=options.json)

"""`envctl reset`."""

from __future__ import annotations

from contextlib import ExitStack
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
    from envctl.workflows.reset import prepare_reset, reset
    from envctl.workflows.share import share
    from envctl.workflows.snapshot_restore import RestoreRequest

    files = invocation.project_files()
    wiring.require_tools()
    engine = wiring.engine_reader()
    with ExitStack() as held:
        if not options.dry_run:
            wiring.register(files, invocation.note)
            held.enter_context(wiring.turn(files, invocation.note))
        everything = [service.name for service in files.project().services]
        share(files, wiring.deciding(files, options.dry_run), everything, invocation.note)
        project = files.project()
        to = RestoreRequest(options.to, force=options.force) if options.to else None
        reporter = held.enter_context(reporting())
        senses, seed = wiring.senses(files, engine), files.settings.seed
        wanted = prepare_reset(senses, project, to, seed, reporter)
        if options.dry_run:
            print_plan(wanted.plan, as_json=options.json)
            return
        settler = wiring.settler(files, engine, reporter, options.timeout)
        running = reset(wanted, wiring.executor(files, settler))
    print_running(running, as_json=options.json)

"""`envctl up`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from envctl.cli.arguments import add_timeout
from envctl.cli.completion import add_services

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `up` takes."""
    add = parser.add_argument
    add_services(parser, "Services to start, with what they need; all when left out.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--build", action="store_true", help="Build even what did not change.")
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.running import print_running
    from envctl.cli.words import print_plan
    from envctl.workflows.up import UpRequest, prepare_beside_others, up

    files = invocation.project_files()
    wiring.require_tools()
    engine = wiring.engine_reader()
    request = UpRequest(tuple(options.services), options.build, files.settings.seed)
    with ExitStack() as held:
        if not options.dry_run:
            wiring.register(files, invocation.note)
            held.enter_context(wiring.turn(files, invocation.note))
        senses, decide = (
            wiring.senses(files, engine),
            wiring.deciding(files, options.dry_run),
        )
        reporter = held.enter_context(reporting())
        prepared = prepare_beside_others(senses, files, decide, request, reporter)
        if not options.dry_run:
            if not prepared.plan:
                reporter.note("nothing to do")
            settler = wiring.settler(files, engine, reporter, options.timeout)
            running = up(prepared, settler, lambda: wiring.executor(files, settler))
    if options.dry_run:
        print_plan(prepared.plan, as_json=options.json)
    else:
        print_running(running, as_json=options.json)

"""`envctl build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.completion import add_services

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `build` takes."""
    add = parser.add_argument
    add_services(parser, "Services whose images are wanted; all when left out.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--build", action="store_true", help="Build even what did not change.")
    add("--json", action="store_true", help="Print JSON: the plan.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Build what is missing; what is here is used, what the registry has is pulled."""
    from contextlib import ExitStack

    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.workflows.build import prepare_build

    files = invocation.project_files()
    wiring.require_tools()
    engine = wiring.engine_reader()
    with ExitStack() as held:
        if not options.dry_run:
            held.enter_context(wiring.turn(files, invocation.note))
        reporter = held.enter_context(reporting())
        senses = wiring.senses(files, engine)
        plan = prepare_build(senses, files.project(), options.services, rebuild=options.build)
        if plan and not options.dry_run:
            settler = wiring.settler(files, engine, reporter)
            wiring.executor(files, settler).bring_images(files.project(), plan)
        elif not plan and not options.dry_run:
            reporter.note("nothing to do")
    if options.dry_run or options.json:
        print_plan(plan, as_json=options.json)

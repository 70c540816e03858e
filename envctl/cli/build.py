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
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.wiring.playgrounds import bring_images

    files = invocation.project_files()
    wiring.require_tools()
    rebuild, dry_run = options.build, options.dry_run
    with reporting() as reporter:
        plan = bring_images(files, options.services, reporter, rebuild=rebuild, dry_run=dry_run)
    if dry_run or options.json:
        print_plan(plan, as_json=options.json)

"""`envctl up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.arguments import add_timeout
from envctl.cli.completion import add_services
from envctl.cli.up_from import add_from, laid, require_from
from envctl.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.wiring.playgrounds import Done
    from envctl.wiring.project_files import ProjectFiles


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `up` takes."""
    add = parser.add_argument
    add_services(parser, "Services to start, with what they need; all when left out.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--build", action="store_true", help="Build even what did not change.")
    add("--watch", action="store_true", help="Bring edits into the containers, until Ctrl-C.")
    add("--logs", action="store_true", help="With --watch: show what services print, too.")
    add_from(parser)
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> int | None:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.cli.running import print_running
    from envctl.cli.words import print_plan

    require_from(options)
    if options.logs and not options.watch:
        raise UsageError("--logs goes with --watch", hint="envctl logs --follow shows them alone")
    if options.watch and options.json:
        raise UsageError("--json says how things are once, --watch goes on")
    files = laid(invocation, options) if options.origin is not None else invocation.project_files()
    wiring.require_tools()
    if options.watch:
        from envctl.cli.watch import watch

        return watch(files, options)
    done = bring_up(options, files)
    if options.dry_run:
        print_plan(done.plan, as_json=options.json)
    else:
        print_running(done.running, as_json=options.json)
    return None


def bring_up(options: argparse.Namespace, files: ProjectFiles) -> Done:
    """Do what the options of `up` ask for, and show how far it has come."""
    from envctl.cli.progress import reporting
    from envctl.wiring import playgrounds

    asked = playgrounds.BringUp(
        tuple(options.services), options.build, options.dry_run, options.timeout
    )
    with reporting() as reporter:
        return playgrounds.bring_up(files, asked, reporter)

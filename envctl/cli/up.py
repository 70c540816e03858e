"""`envctl up`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.cli.arguments import add_timeout
from envctl.cli.completion import add_services
from envctl.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.domain.plan import Plan
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.up import Running


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `up` takes."""
    add = parser.add_argument
    add_services(parser, "Services to start, with what they need; all when left out.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--build", action="store_true", help="Build even what did not change.")
    add("--watch", action="store_true", help="Bring edits into the containers, until Ctrl-C.")
    add("--logs", action="store_true", help="With --watch: show what services print, too.")
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> int | None:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.cli.running import print_running
    from envctl.cli.words import print_plan

    if options.watch:
        from envctl.cli.watch import watch

        return watch(invocation, options)
    if options.logs:
        raise UsageError("--logs goes with --watch", hint="envctl logs --follow shows them alone")
    files = invocation.project_files()
    wiring.require_tools()
    done = bring_up(invocation, options, files)
    if options.dry_run:
        print_plan(done.plan, as_json=options.json)
    else:
        print_running(done.running, as_json=options.json)
    return None


@dataclass(frozen=True)
class Done:
    """What was planned, and what runs then; a dry run starts nothing."""

    plan: Plan
    running: tuple[Running, ...] = ()


def bring_up(invocation: Invocation, options: argparse.Namespace, files: ProjectFiles) -> Done:
    """Do what the options of `up` ask for."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.workflows.up import UpRequest, prepare_beside_others, up

    engine = wiring.engine_reader()
    request = UpRequest(tuple(options.services), options.build, files.settings.seed)
    with ExitStack() as held:
        if not options.dry_run:
            wiring.register(files, invocation.note)
            held.enter_context(wiring.turn(files, invocation.note))
        senses = wiring.senses(files, engine)
        decide = wiring.deciding(files, options.dry_run)
        reporter = held.enter_context(reporting())
        prepared = prepare_beside_others(senses, files, decide, request, reporter)
        if options.dry_run:
            return Done(prepared.plan)
        if not prepared.plan:
            reporter.note("nothing to do")
        settler = wiring.settler(files, engine, reporter, options.timeout)
        running = up(prepared, settler, lambda: wiring.executor(files, settler))
    return Done(prepared.plan, running)

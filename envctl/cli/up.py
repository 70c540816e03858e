"""`envctl up`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from envctl.cli.arguments import seconds
from envctl.cli.completion import offer_services
from envctl.cli.invocation import Invocation

if TYPE_CHECKING:
    from envctl.workflows.up import Running


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `up` takes."""
    add = parser.add_argument
    services = add(
        "services",
        metavar="SERVICE",
        nargs="*",
        help="Services to start, with what they need; all when left out.",
    )
    offer_services(services)
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--build", action="store_true", help="Build even what did not change.")
    add(
        "--timeout",
        metavar="SECONDS",
        type=seconds(1),
        help="How long to wait for readiness; default 300.",
    )
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.workflows.up import UpRequest, prepare_up, up

    files = invocation.project_files()
    wiring.require_tools()
    engine = wiring.engine_reader()
    request = UpRequest(tuple(options.services), options.build)
    with ExitStack() as held:
        if not options.dry_run:
            wiring.register(files, invocation.note)
            held.enter_context(wiring.turn(files, invocation.note))
        project = files.project()
        reporter = held.enter_context(reporting())
        prepared = prepare_up(wiring.senses(engine, project.name), project, request, reporter)
        if not options.dry_run:
            if not prepared.plan:
                reporter.note("nothing to do")
            executor = wiring.executor(files, engine, reporter, options.timeout)
            running = up(prepared, executor, engine)
    if options.dry_run:
        print_plan(prepared.plan, as_json=options.json)
    else:
        _print_running(running, as_json=options.json)


def _print_running(running: Sequence[Running], *, as_json: bool) -> None:
    from envctl.cli.table import Coloured
    from envctl.cli.words import PHASE_STYLES, print_json, print_table

    if as_json:
        rows = [(r.state.service, r.state.phase, r.state.detail, r.addresses) for r in running]
        keys = ("service", "phase", "state", "addresses")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    print_table(
        ("SERVICE", "STATE", "ADDRESS"),
        [
            (
                r.state.service,
                Coloured(r.state.detail, PHASE_STYLES[r.state.phase]),
                "  ".join(r.addresses),
            )
            for r in running
        ],
    )

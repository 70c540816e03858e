"""`envctl up`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from envctl.cli.completion import complete_services
from envctl.cli.invocation import Invocation

if TYPE_CHECKING:
    from envctl.workflows.up import Running


def up(
    ctx: typer.Context,
    services: Annotated[
        list[str] | None,
        typer.Argument(
            help="Services to start, with what they need; all when left out.",
            autocompletion=complete_services,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan, change nothing.")
    ] = False,
    build: Annotated[bool, typer.Option("--build", help="Build even what did not change.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=1, help="How long to wait for readiness; default 300."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build what changed, start, and wait until every service is healthy or done."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.workflows.up import UpRequest, prepare_up
    from envctl.workflows.up import up as carry_up

    invocation: Invocation = ctx.obj
    files = invocation.project_files()
    wiring.require_tools()
    project = files.project()
    engine = wiring.engine_reader()
    request = UpRequest(tuple(services or ()), build)
    with reporting() as reporter:
        prepared = prepare_up(wiring.senses(engine, project.name), project, request, reporter)
        if not dry_run:
            if not prepared.plan:
                reporter.note("nothing to do")
            executor = wiring.executor(files, engine, reporter, timeout)
            running = carry_up(prepared, executor, engine)
    if dry_run:
        print_plan(prepared.plan, as_json=as_json)
    else:
        _print_running(running, as_json=as_json)


def _print_running(running: Sequence[Running], *, as_json: bool) -> None:
    from rich.text import Text

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
                Text(r.state.detail, PHASE_STYLES[r.state.phase]),
                "  ".join(r.addresses),
            )
            for r in running
        ],
    )

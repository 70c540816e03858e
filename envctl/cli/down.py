"""`envctl down`."""

from __future__ import annotations

from typing import Annotated

import typer

from envctl.cli.invocation import Invocation
from envctl.errors import ConfigurationError


def down(
    ctx: typer.Context,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove the data too: every named volume.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan, change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove the playground's containers and networks; its data stays."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.workflows.down import down as carry_down
    from envctl.workflows.down import prepare_down

    invocation: Invocation = ctx.obj
    files = invocation.project_files()
    try:
        name = files.name()
    except ConfigurationError as error:
        hint = "envctl --name NAME down needs no files; docker compose ls shows the names"
        raise ConfigurationError(error.message, hint=hint) from error
    engine = wiring.engine_reader()
    plan = prepare_down(engine, name, volumes=volumes)
    if not dry_run and plan:
        wiring.require_tools()
        with reporting() as reporter:
            carry_down(plan, wiring.stack(files), wiring.memory(name), reporter, volumes=volumes)
        for volume in engine.volumes(name):
            invocation.note(f"kept the data in volume {volume}; --volumes removes it")
    if dry_run or as_json or not plan:
        print_plan(plan, as_json=as_json)

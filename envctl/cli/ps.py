"""`envctl ps`."""

from __future__ import annotations

from typing import Annotated

import typer

from envctl.cli.invocation import Invocation


def ps(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show each service: how it is, and where it answers."""
    from envctl import wiring
    from envctl.workflows.ps import ps as look

    invocation: Invocation = ctx.obj
    project = invocation.project_files().project()
    rows = look(wiring.engine_reader(), project)
    if as_json:
        from envctl.cli.words import print_json

        print_json(rows)
        return
    from rich.text import Text

    from envctl.cli.words import PHASE_STYLES, print_table

    print_table(
        ("SERVICE", "STATE", "IMAGE", "ADDRESS"),
        [
            (r.service, Text(r.state, PHASE_STYLES[r.phase]), r.image, "  ".join(r.addresses))
            for r in rows
        ],
    )

"""`envctl config`."""

from __future__ import annotations

from typing import Annotated

import typer

from envctl.cli.invocation import Invocation


def config(
    ctx: typer.Context,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show every value as it is.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the effective Compose model, secret-like values hidden."""
    from envctl import wiring
    from envctl.workflows.config import config as read_config

    invocation: Invocation = ctx.obj
    model = read_config(invocation.project_files(), show_secrets=show_secrets)
    if as_json:
        from envctl.cli.words import print_json

        print_json(model)
        return
    print(wiring.yaml_text(model), end="")

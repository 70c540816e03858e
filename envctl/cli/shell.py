"""`envctl shell`."""

from __future__ import annotations

from typing import Annotated

import typer

from envctl.cli.completion import complete_services
from envctl.cli.execute import run_in
from envctl.cli.invocation import CommandEnded


def shell(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.", autocompletion=complete_services)],
    user: Annotated[str, typer.Option("--user", "-u", help="The user to run it as.")] = "",
    index: Annotated[
        int, typer.Option(min=1, help="Which container of a service with several.")
    ] = 1,
) -> None:
    """Open a shell in a running service."""
    from envctl.workflows.execute import SHELL

    raise CommandEnded(run_in(ctx.obj, service, list(SHELL), user=user, index=index))

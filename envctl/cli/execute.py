"""`envctl exec`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from envctl.cli.completion import complete_services
from envctl.cli.invocation import CommandEnded, Invocation

# what follows the service belongs to the command, options included
CONTEXT = {"allow_interspersed_args": False}


def execute(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.", autocompletion=complete_services)],
    command: Annotated[list[str], typer.Argument(help="The command and its arguments.")],
    user: Annotated[str, typer.Option("--user", "-u", help="The user to run it as.")] = "",
    index: Annotated[
        int, typer.Option(min=1, help="Which container of a service with several.")
    ] = 1,
    no_tty: Annotated[
        bool, typer.Option("--no-tty", "-T", help="Give the command no terminal.")
    ] = False,
) -> None:
    """Run a command in a running service."""
    words = command[1:] if command[:1] == ["--"] else command
    raise CommandEnded(run_in(ctx.obj, service, words, user=user, index=index, no_tty=no_tty))


def run_in(
    invocation: Invocation,
    service: str,
    command: list[str],
    *,
    user: str,
    index: int,
    no_tty: bool = False,
) -> int:
    """Run `command` in `service` and return its exit code."""
    from envctl import wiring
    from envctl.workflows.execute import execute as run

    project = invocation.project_files().project()
    tty = not no_tty and sys.stdin.isatty() and sys.stdout.isatty()
    engine, terminal = wiring.engine_reader(), wiring.terminal()
    return run(engine, terminal, project, service, command, index=index, user=user, tty=tty)

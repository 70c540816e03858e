"""`envctl exec`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from envctl.cli.arguments import whole
from envctl.cli.completion import offer_services
from envctl.errors import UsageError

if TYPE_CHECKING:
    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `exec` takes; what follows the service belongs to the command."""
    add_place(parser)
    add = parser.add_argument
    add("-T", "--no-tty", action="store_true", help="Give the command no terminal.")
    add(
        "command",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="The command and its arguments.",
    )


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add what says where a command runs: the service, its container and the user."""
    offer_services(parser.add_argument("service", metavar="SERVICE", help="The service."))
    add = parser.add_argument
    add("-u", "--user", metavar="NAME", default="", help="The user to run it as.")
    add(
        "--index",
        metavar="NUMBER",
        type=whole(1),
        default=1,
        help="Which container of a service with several.",
    )


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Run a command in a running service."""
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise UsageError("missing: COMMAND", hint="envctl exec --help shows what it takes")
    return run_in(invocation, options, command, no_tty=options.no_tty)


def run_in(
    invocation: Invocation,
    options: argparse.Namespace,
    command: list[str],
    *,
    no_tty: bool = False,
) -> int:
    """Run `command` in the place that `options` name, and return its exit code."""
    from envctl import wiring
    from envctl.workflows.execute import execute

    project = invocation.project_files().project()
    tty = not no_tty and sys.stdin.isatty() and sys.stdout.isatty()
    return execute(
        wiring.engine_reader(),
        wiring.terminal(),
        project,
        options.service,
        command,
        index=options.index,
        user=options.user,
        tty=tty,
    )

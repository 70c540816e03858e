"""`envctl check`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from envctl.cli.completion import add_stage
from envctl.errors import UsageError

if TYPE_CHECKING:
    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `check` takes; what follows the stage belongs to the command."""
    from envctl.cli.change_words import add_wait

    add_wait(parser)
    add = parser.add_argument
    add_stage(parser)
    add(
        "command",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="Run on this machine; 0 is passed. ENVCTL_URL tells it where the stage answers.",
    )


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Run a command against a stage; the result is evidence for the release that runs there."""
    from envctl.cli.stage_words import waiting_for
    from envctl.wiring import stages
    from envctl.wiring.open_stage import open_stage

    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise UsageError("missing: COMMAND", hint="envctl check STAGE -- COMMAND")
    files = invocation.project_files()
    stage = stages.stage_of(files, options.stage)
    with open_stage(files, stage, invocation.note) as here:
        checker = stages.checker(here)
        running = checker.begin()
        passed = checker.run(running, command)
        waiting = waiting_for(invocation.note)
        with here.lock.held("check", wait=options.wait, waiting=waiting) as held:
            checker.record(running, command, held, passed=passed)
    word = "passed" if passed else "failed"
    invocation.note(f"the check of {running.version} on {stage.name} {word}")
    return 0 if passed else 1

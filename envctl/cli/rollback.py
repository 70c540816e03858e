"""`envctl rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.change_words import add_change_options
from envctl.cli.completion import add_stage

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `rollback` takes."""
    add = parser.add_argument
    add_stage(parser)
    what = "A version that it ran, or the beginning of a digest; by default the one before."
    add("release", metavar="R", nargs="?", default="", help=what)
    add_change_options(parser)


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Bring a former release back, with its definition and settings; nothing is pulled."""
    from envctl.cli.stage_change import StageChange
    from envctl.domain.plan_deploy import Way
    from envctl.wiring.stages import stage_of

    files = invocation.project_files()
    stage = stage_of(files, options.stage)
    StageChange(files, stage, options, invocation.note).carry_out(Way.ROLLBACK)

"""`envctl deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.change_words import add_change_options
from envctl.cli.completion import add_stage

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `deploy` takes."""
    add = parser.add_argument
    add_stage(parser)
    what = "Promote this one first: a version, the beginning of a digest, or latest."
    add("--release", metavar="R", default="", help=what)
    add_change_options(parser)


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Bring the promoted release into service: beside the former one, all of it or nothing."""
    from envctl.cli.stage_change import StageChange
    from envctl.domain.plan_deploy import Way
    from envctl.wiring.stages import stage_of

    files = invocation.project_files()
    stage = stage_of(files, options.stage)
    StageChange(files, stage, options, invocation.note).carry_out(Way.DEPLOY)

"""`envctl shell`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.execute import add_place, run_in

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `shell` takes."""
    add_place(parser)


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Open a shell in a running service."""
    from envctl.workflows.execute import SHELL

    return run_in(invocation, options, list(SHELL))

"""`envctl config`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `config` takes."""
    parser.add_argument("--show-secrets", action="store_true", help="Show every value as it is.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show the effective Compose model, secret-like values hidden."""
    from envctl import wiring
    from envctl.workflows.config import config

    model = config(invocation.project_files(), show_secrets=options.show_secrets)
    if options.json:
        from envctl.cli.words import print_json

        print_json(model)
        return
    print(wiring.yaml_text(model), end="")

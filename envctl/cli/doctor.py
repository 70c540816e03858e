"""`envctl doctor`."""

from __future__ import annotations

import argparse

from envctl.cli.invocation import Invocation

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "bold red")}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `doctor` takes."""
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Check the engine, its plugins and this machine, and say what to do."""
    from envctl import wiring
    from envctl.workflows.doctor import check, doctor

    findings = doctor(wiring.machine())
    if options.json:
        from envctl.cli.words import print_json

        print_json(findings)
    else:
        from rich.text import Text

        from envctl.cli.words import console

        out = console()
        for finding in findings:
            mark, style = MARKS[finding.level]
            out.print(
                Text.assemble((f"{mark} ", style), (f"{finding.subject}: ", "bold"), finding.seen)
            )
            if finding.cure:
                out.print(Text(f"  hint: {finding.cure}"))
    check(findings)

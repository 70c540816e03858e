"""`envctl doctor`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from envctl.cli.invocation import Invocation
    from envctl.domain.findings import Finding

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "bold red")}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `doctor` takes."""
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Check the engine, this machine and the project, and say what to do."""
    from envctl.wiring.doctor import machine
    from envctl.workflows.doctor import check, doctor

    findings = doctor(machine(invocation.choices()))
    if options.json:
        from envctl.cli.words import print_json

        print_json(findings)
    else:
        _print(findings)
    check(findings)


def _print(findings: Sequence[Finding]) -> None:
    from envctl.cli.screen import has_colours, paint

    colours = has_colours(sys.stdout)
    for finding in findings:
        mark, style = MARKS[finding.level]
        subject = f"{finding.subject}:"
        if colours:
            mark, subject = paint(mark, style), paint(subject, "bold")
        print(f"{mark} {subject} {finding.seen}")
        if finding.cure:
            print(f"  hint: {finding.cure}")

"""`envctl doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "bold red")}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check the engine, its plugins and this machine, and say what to do."""
    from envctl import wiring
    from envctl.workflows.doctor import check
    from envctl.workflows.doctor import doctor as examine

    findings = examine(wiring.machine())
    if as_json:
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

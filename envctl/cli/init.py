"""`envctl init`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.domain.findings import Finding


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `init` takes."""
    parser.add_argument("--dry-run", action="store_true", help="Print the file, write nothing.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Write a commented envctl.toml, and say what the Compose files could do better."""
    from envctl.wiring.init import starter
    from envctl.workflows.init import prepare_init

    place = starter(invocation.choices(), invocation.note)
    beginning = prepare_init(place)
    if options.dry_run:
        print(beginning.text, end="")
    else:
        place.write(beginning.text)
    for finding in beginning.advice:
        _say(finding)
    if not options.dry_run:
        print(f"wrote {beginning.path}", file=sys.stderr)


def _say(finding: Finding) -> None:
    kind = "advice" if finding.cure else "note"
    print(f"{kind}: {finding.subject}: {finding.seen}", file=sys.stderr)
    if finding.cure:
        print(f"  hint: {finding.cure}", file=sys.stderr)

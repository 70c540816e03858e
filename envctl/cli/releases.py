"""`envctl releases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `releases` takes."""
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """List the project's releases, the newest commit first."""
    from envctl.cli.release_words import as_row
    from envctl.cli.words import print_json, print_table
    from envctl.wiring.registries import shelf

    found = shelf(invocation.project_files()).all()
    if options.json:
        print_json([as_row(named) for named in found])
        return
    if not found:
        invocation.note("there is no release yet: envctl release makes one")
        return
    rows = [
        (n.version, n.release.created, n.release.commit[:12], n.release.author, n.digest[:19])
        for n in found
    ]
    print_table(("VERSION", "COMMITTED", "COMMIT", "AUTHOR", "DIGEST"), rows)

"""`envctl diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `diff` takes."""
    what = "A version, the beginning of a digest, or latest."
    parser.add_argument("before", metavar="RELEASE", help=what)
    parser.add_argument("after", metavar="RELEASE", help="The one to compare it with.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show what differs between two releases: images, commit, Compose definition."""
    from envctl.wiring.registries import shelf

    found = shelf(invocation.project_files())
    difference = found.compared(found.find(options.before), found.find(options.after))
    if options.json:
        from envctl.cli.words import print_json

        print_json(difference)
        return
    if not difference:
        invocation.note("nothing differs")
    for line in difference.lines():
        print(line)

"""`envctl explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.completion import offer_services

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.workflows.explain import Explanation

_SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `explain` takes."""
    offer_services(
        parser.add_argument("service", metavar="SERVICE", help="A service that is built.")
    )
    add = parser.add_argument
    what = "Compare with the image of a release, or of what a stage runs."
    add("--against", metavar="RELEASE", default="", help=what)
    add("--all", action="store_true", help="Show every difference, not the first 20.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Tell why an image is, or is not, built again, down to the first differing file."""
    from envctl.wiring.releases import explainer, inputs_of_release

    files = invocation.project_files()
    other = inputs_of_release(files, options.against) if options.against else None
    explained = explainer(files, invocation.note).explain(
        files.project(), options.service, other, options.against
    )
    if options.json:
        from envctl.cli.words import print_json

        print_json(explained)
        return
    _print(explained, None if options.all else _SHOWN)


def _print(explained: Explanation, most: int | None) -> None:
    print(f"{explained.verdict} {explained.service}: {explained.cause}")
    if explained.digest:
        print(f"inputs {explained.digest}")
    if explained.differences is None:
        if explained.against:
            print(f"nothing is known of what went into {explained.against}")
        return
    if not explained.differences:
        print(f"the same inputs as {explained.against}")
        return
    print(f"other inputs than {explained.against}:")
    for difference in explained.differences[:most]:
        print(f"  {difference}")
    if most and len(explained.differences) > most:
        print(f"  and {len(explained.differences) - most} more")

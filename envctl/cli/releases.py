"""`envctl releases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import Refused

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `releases` takes."""
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """List the project's releases, the newest commit first."""
    from envctl.cli.release_words import as_row, rejections, runs_on
    from envctl.cli.words import print_json, print_table
    from envctl.wiring import stages
    from envctl.wiring.registries import shelf

    files = invocation.project_files()
    found = shelf(files).all()
    rejected = rejections(files, invocation.note)
    try:
        runs = runs_on(stages.ledger_look(files).states(s.name for s in files.settings.stages))
    except Refused as error:  # the releases are there, whatever a ledger says
        invocation.note(error.message)
        runs = {}
    if options.json:
        print_json(
            [
                {
                    **as_row(named),
                    "runs_on": runs.get(named.digest, []),
                    "rejected": rejected.get(named.digest),
                }
                for named in found
            ]
        )
        return
    if not found:
        invocation.note("there is no release yet: envctl release makes one")
        return
    rows = [
        (
            f"{n.version} (rejected)" if n.digest in rejected else n.version,
            n.release.created,
            n.release.commit[:12],
            n.release.author,
            n.digest[:19],
            ", ".join(runs.get(n.digest, [])),
        )
        for n in found
    ]
    print_table(("VERSION", "COMMITTED", "COMMIT", "AUTHOR", "DIGEST", "RUNS ON"), rows)

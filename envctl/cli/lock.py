"""`envctl lock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from envctl.cli.invocation import Invocation
    from envctl.domain.lock import Change


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `lock` takes."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--check", action="store_true", help="Write nothing; fail when the lock is not up to date."
    )
    which.add_argument(
        "--update", action="store_true", help="Lock what the registries have now, all anew."
    )
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Write down which images exactly the project builds upon and runs."""
    from envctl import wiring
    from envctl.wiring.images import locker, whole_projects
    from envctl.workflows.lock import require_no_drift

    files = invocation.project_files()
    wiring.require_tools()
    projects = whole_projects(files)
    hands = locker(files, invocation.note)
    if options.check:
        changes = hands.check(projects)
        if options.json:
            _print(changes, as_json=True)
        require_no_drift(changes)
        invocation.note("envctl.lock is up to date")
        return
    _print(hands.lock(projects, update=options.update), as_json=options.json)


def _print(changes: Sequence[Change], *, as_json: bool) -> None:
    if as_json:
        from envctl.cli.words import print_json

        print_json({"changes": changes})
        return
    for change in changes:
        print(change)

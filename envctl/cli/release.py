"""`envctl release`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `release` takes."""
    add = parser.add_argument
    add("--version", metavar="V", help="What to call it; default: time and name of the commit.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Build or reuse the images of this commit, and put the release into the registry."""
    from contextlib import ExitStack

    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.domain.release_version import checked_version, default_version
    from envctl.wiring import releases

    files = invocation.project_files()
    wiring.require_tools()
    with ExitStack() as held:
        if not options.dry_run:
            held.enter_context(wiring.turn(files, invocation.note))
        reporter = held.enter_context(reporting())
        source = releases.source_look(files, invocation.note).source()
        version = options.version
        if version is None:  # an empty one is a mistake of whoever filled it in
            version = default_version(source.commit, source.created)
        planner = releases.planner(files, start=not options.dry_run)
        plan = planner.plan(source, checked_version(version))
        if not options.dry_run:
            hands = releases.releaser(files, planner, reporter)
            released = hands.carry_out(source, version, plan, releases.builds(files, reporter))
    if options.dry_run:
        print_plan(plan, as_json=options.json)
    elif options.json:
        from envctl.cli.release_words import as_released
        from envctl.cli.words import print_json

        print_json(as_released(released, plan))
    else:
        if not plan:
            invocation.note("nothing to do: the registry has all of it")
        print(f"{released.version} {released.digest}")

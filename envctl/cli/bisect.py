"""`envctl bisect`."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from envctl.cli.arguments import add_timeout
from envctl.cli.completion import offer_stages
from envctl.cli.up_from import add_env_files, filling
from envctl.errors import EnvctlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.cli.invocation import Invocation
    from envctl.domain.release_diff import ReleaseDifference
    from envctl.wiring.filling import Filling
    from envctl.wiring.project_files import ProjectFiles
    from envctl.wiring.released import Source
    from envctl.workflows.bisect import Found


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `bisect` takes; what follows -- belongs to the command."""
    add = parser.add_argument
    what = "A version, the beginning of a digest, latest, or a stage: what it runs."
    add("--good", metavar="RELEASE", required=True, help=f"An older one that is well. {what}")
    add("--bad", metavar="RELEASE", required=True, help="A newer one that is not.")
    stage = add(
        "--stage",
        metavar="STAGE",
        default="",
        help="Only the releases that ran there, in that order, by the stage's definition.",
    )
    offer_stages(stage)
    add(
        "--from",
        metavar="REGISTRY/PROJECT",
        default="",
        dest="origin",
        help="The releases of this project; no checkout is needed.",
    )
    add_env_files(parser)
    add(
        "--allow-host",
        action="store_true",
        help="Run releases even if they ask for what is this machine's.",
    )
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")
    add(
        "command",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="After --: run on this machine for each. 0 is good, 125 skips it, 1 to 127 else is "
        "bad. ENVCTL_URL tells it where the release answers.",
    )


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Find the first bad release; those given are taken to be as they are said to be."""
    from envctl.cli.bisect_words import as_found, print_found
    from envctl.cli.words import print_json
    from envctl.wiring.bisections import bisected, commits_between

    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise UsageError("missing: COMMAND", hint="envctl bisect --good R --bad R -- COMMAND")
    given = filling(invocation, options.env_file)
    source = bisected(options.origin, options.stage, _checkout(invocation, options.origin))
    found = _search(invocation, options, command, source, given)
    difference = _difference(invocation, source, found)
    commits = commits_between(invocation.folder, found.good, found.suspects[-1])
    if options.json:
        print_json(as_found(found, commits, difference))
    else:
        print_found(found, commits, difference)
    return 0 if found.is_certain else 1


def _search(
    invocation: Invocation,
    options: argparse.Namespace,
    command: Sequence[str],
    source: Source,
    given: Filling,
) -> Found:
    from envctl import wiring
    from envctl.cli.bisect_words import Lines
    from envctl.cli.progress import reporting
    from envctl.wiring import bisections
    from envctl.workflows.bisect import Bisector

    row = bisections.release_row(source).between(options.good, options.bad)
    if given.ask:  # once for all of them
        given = replace(given, ask=cache(given.ask))
    with ExitStack() as held:
        name = ""
        if row[2:]:  # something lies in between
            wiring.require_tools()
            name = held.enter_context(bisections.own_playground(source.project))
        stand = bisections.Stand(
            source=source,
            name=name,
            filling=given,
            timeout=options.timeout,
            allow_host=options.allow_host,
            reporting=reporting,
            note=invocation.note,
        )
        call = bisections.caller(invocation.folder)
        return Bisector(stand, call, name, Lines()).run(row, command)


def _difference(invocation: Invocation, source: Source, found: Found) -> ReleaseDifference | None:
    """Return what differs; what was found counts even where that cannot be read any more."""
    try:
        return source.shelf.compared(found.good, found.suspects[-1])
    except EnvctlError as error:
        invocation.note(f"what differs cannot be told: {error.message}")
        return None


def _checkout(invocation: Invocation, origin: str) -> ProjectFiles | None:
    """Return the project that lies here, where it is needed."""
    here = None if origin else invocation.checkout()
    if here is None and not origin:
        raise UsageError(
            "there is no project here that has releases",
            hint="--from REGISTRY/PROJECT says whose releases are meant",
        )
    return here

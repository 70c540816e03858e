"""`envctl rehearse`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.cli.completion import add_stage
from envctl.errors import Failed, UsageError

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.domain.rehearsal import Rehearsed
    from envctl.wiring.rehearsals import Wanted


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `rehearse` takes; what follows `--` belongs to the command."""
    from envctl.cli.arguments import add_timeout
    from envctl.cli.change_words import add_wait
    from envctl.cli.up_from import add_env_files

    add_stage(parser)
    add = parser.add_argument
    add(
        "command",
        metavar="COMMAND",
        nargs="*",
        help="After --: run on this machine, thrice; 0 is passed. ENVCTL_URL tells it where.",
    )
    what = "Rehearse this one: a version, the beginning of a digest, or latest."
    add("--release", metavar="R", default="", help=what)
    add("--snapshot", metavar="NAME", default="", help="Begin with the data of a snapshot.")
    add_env_files(parser)
    add("--path", metavar="PATH", default="/", help="What is asked for over HTTP; default /.")
    what = "Rehearse it even if it asks for what is this machine's."
    add("--allow-host", action="store_true", help=what)
    add("--keep", action="store_true", help="Leave all of it as it is at the end.")
    add("--clean", action="store_true", help="Remove what was kept or left, and do no more.")
    add_wait(parser)
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Deploy the next release over the present one on this machine, and go back."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.wiring.rehearsals import clean, rehearse

    files = invocation.project_files()
    wanted = _wanted(invocation, options)
    wiring.require_tools()
    with reporting() as reporter:
        if options.clean:
            there = clean(files, wanted, reporter)
            reporter.note("it is removed" if there else "there was nothing to remove")
            return 0
        done = rehearse(files, wanted, reporter)
    _print(done, as_json=options.json)
    return 0 if done.is_good else Failed.exit_code


def _wanted(invocation: Invocation, options: argparse.Namespace) -> Wanted:
    from envctl.cli.up_from import filling
    from envctl.wiring.rehearsals import Wanted
    from envctl.wiring.stages import stage_of

    if options.clean and options.command:
        raise UsageError("--clean takes no COMMAND", hint="envctl rehearse STAGE --clean")
    if not (options.command or options.clean):
        raise UsageError("missing: COMMAND", hint="envctl rehearse STAGE -- COMMAND")
    if not options.path.startswith("/"):
        raise UsageError(f"--path: {options.path!r} does not begin with /")
    return Wanted(
        stage_of(invocation.project_files(), options.stage),
        tuple(options.command),
        release=options.release,
        snapshot=options.snapshot,
        path=options.path,
        filling=filling(invocation, options.env_file),
        allow_host=options.allow_host,
        keep=options.keep,
        wait=options.wait,
        timeout=options.timeout,
    )


def _print(done: Rehearsed, *, as_json: bool) -> None:
    import sys

    from envctl.cli.words import print_json
    from envctl.domain.rehearsal import report

    if as_json:
        print_json(_plain(done))
        return
    for failure in filter(None, (done.deploy, done.rollback)):
        for line in failure.details:
            print(line, file=sys.stderr)
    for line in report(done):
        print(line)


def _plain(done: Rehearsed) -> dict[str, Any]:
    """Return the report as JSON has it."""
    from dataclasses import asdict

    from envctl.domain.rehearsal import verdict

    said = {key: value for key, value in asdict(done).items() if key != "seen"}
    parts = [
        {**asdict(one), "troubles": dict(one.troubles), "passed": done.passed.get(one.part)}
        for one in done.seen
    ]
    said.pop("passed")
    return {**said, "parts": parts, "good": done.is_good, "verdict": [*verdict(done)]}

"""`envctl ledger`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.arguments import SubParser
from envctl.cli.completion import add_stage
from envctl.errors import Refused, UsageError

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.domain.ledger_repair import LedgerRepair
    from envctl.workflows.ledger_repair import LedgerMender

_REPAIR = "Show what is wrong with the ledger of a stage, and mend it."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `ledger` takes."""
    from envctl.cli.change_words import add_wait

    actions = parser.add_subparsers(
        prog=parser.prog, parser_class=SubParser, dest="action", metavar="ACTION", required=True
    )
    repair = actions.add_parser("repair", description=_REPAIR, help=_REPAIR)
    add = repair.add_argument
    add_stage(repair)
    add("--keep", metavar="HEX", default="", help="Of two records, the one that holds.")
    what = "Go on without records that are nowhere any more; needs a reason."
    add("--give-up", action="store_true", help=what)
    add("--reason", metavar="TEXT", default="", help="Why; it shows in the history.")
    add_wait(repair)
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--yes", action="store_true", help="Do not ask.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show what is wrong with the ledger of a stage, and mend it."""
    from envctl.cli.stage_words import waiting_for
    from envctl.domain.record_artifact import PROJECT
    from envctl.wiring import stages
    from envctl.wiring.open_stage import open_stage
    from envctl.workflows.ledger_repair import LedgerMender

    if options.give_up and not options.reason:
        raise UsageError("--give-up needs --reason", hint='say why: --reason "TEXT"')
    files = invocation.project_files()
    if options.stage == PROJECT:  # rejections are of no stage, and need no lock
        mender = LedgerMender(stages.ledger(files))
        if repair := _agreed(mender, options):
            mender.mend(repair, options.reason)
        return
    stage = stages.stage_of(files, options.stage)
    with open_stage(files, stage, invocation.note, start=not options.dry_run) as here:
        mender = LedgerMender(here.ledger)
        if not _agreed(mender, options):
            return
        waiting = waiting_for(invocation.note)
        with here.lock.held("ledger repair", wait=options.wait, waiting=waiting) as held:
            held.check()
            mender.mend(_planned(mender, options), options.reason)


def _agreed(mender: LedgerMender, options: argparse.Namespace) -> LedgerRepair | None:
    """Return what is to be done, where something is and nobody objects."""
    from envctl.cli.stage_words import ask

    repair = _planned(mender, options)
    if not repair or options.dry_run:
        print(repair or "nothing to do")
        return None
    if not options.yes:
        ask(str(repair).splitlines(), f"the ledger of {options.stage} will be mended")
    return repair


def _planned(mender: LedgerMender, options: argparse.Namespace) -> LedgerRepair:
    from envctl.workflows.ledger_repair import require_whole

    repair = mender.plan(options.stage, options.keep)
    if repair.branches:
        _refuse(repair)
    if not options.give_up:
        require_whole(repair)
    return repair


def _refuse(repair: LedgerRepair) -> None:
    from envctl.cli.stage_words import by_whom
    from envctl.workflows.ledger_repair import tag_text

    lines = (
        f"{tag_text(r)}  {r.at}  {r.event.kind} {r.event.version}  {by_whom(r.who)}"
        for r in repair.branches
    )
    raise Refused(
        f"record {repair.branches[0].sequence} of {repair.stage} exists "
        f"{len(repair.branches)} times, and one can hold",
        hint=f"envctl ledger repair {repair.stage} --keep HEX; the others stay, marked as lost",
        details=tuple(lines),
    )

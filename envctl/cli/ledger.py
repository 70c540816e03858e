"""`envctl ledger`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.arguments import SubParser
from envctl.cli.completion import add_stage
from envctl.errors import Refused

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.workflows.ledger_repair import LedgerRepair

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
    add_wait(repair)
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--yes", action="store_true", help="Do not ask.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show what is wrong with the ledger of a stage, and mend it."""
    from envctl.cli.stage_words import ask, waiting_for
    from envctl.wiring import stages
    from envctl.wiring.open_stage import open_stage

    files = invocation.project_files()
    stage = stages.stage_of(files, options.stage)
    mender = stages.mender(files)
    repair = mender.plan(stage.name, options.keep)
    if repair.branches:
        _refuse(repair)
    if not repair or options.dry_run:
        print(repair or "nothing to do")
        return
    if not options.yes:
        ask(str(repair).splitlines(), f"the ledger of {stage.name} will be mended")
    waiting = waiting_for(invocation.note)
    with (
        open_stage(files, stage, invocation.note) as here,
        here.lock.held("ledger repair", wait=options.wait, waiting=waiting) as held,
    ):
        held.check()
        mender.mend(mender.plan(stage.name, options.keep))


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

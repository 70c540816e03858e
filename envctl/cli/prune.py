"""`envctl prune`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.cli.invocation import Invocation
    from envctl.domain.plan import Plan, Step
    from envctl.domain.plan_prune import Pruning

_NAMED = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `prune` takes."""
    add = parser.add_argument
    add(
        "--older-than",
        metavar="AGE",
        type=_age,
        help="Also what does not run and was not used for so long: 12h, 7d.",
    )
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--yes", action="store_true", help="Do not ask.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Remove playgrounds whose folder is gone, or that were not used for long."""
    import time

    from envctl import wiring
    from envctl.workflows.prune import Hands, PruneRequest, Watch, prepare_prune, prune

    records = wiring.records()
    watch = Watch(wiring.surveyor(), records, wiring.folders())
    request = PruneRequest(time.time(), options.older_than, invocation.name)
    pruning = prepare_prune(watch, request)
    if options.dry_run or not pruning.plan:
        _print(pruning, invocation, as_json=options.json)
        return
    if not options.yes:
        _ask(pruning)
    from envctl.cli.progress import reporting

    hands = Hands(wiring.engine_reader(), wiring.remover(), records)
    with reporting() as reporter:
        done = prune(pruning, watch, hands, request, reporter)
    if options.json:
        _print_json(pruning, done)
    else:
        _note_left(invocation, pruning.left)


def _print(pruning: Pruning, invocation: Invocation, *, as_json: bool) -> None:
    if as_json:
        _print_json(pruning, pruning.plan.steps)
        return
    print(pruning.plan or "nothing to do")
    _note_left(invocation, pruning.left)


def _print_json(pruning: Pruning, steps: Iterable[Step]) -> None:
    from envctl.cli.words import plain_steps, print_json

    left = [{"name": name, "cause": cause} for name, cause in pruning.left.items()]
    print_json({"steps": plain_steps(steps), "left": left})


def _ask(pruning: Pruning) -> None:
    """Show the plan, and go on only when somebody says so."""
    from envctl.errors import Refused

    lines, what = str(pruning.plan).splitlines(), _what(pruning.plan)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        hint = "--yes does it without asking, --dry-run shows it"
        raise Refused(f"{what} would go for good", hint=hint, details=tuple(lines))
    print(*lines, f"{what} will go for good. Go on? [y/N] ", sep="\n", end="", file=sys.stderr)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused("nobody said yes")


def _what(plan: Plan) -> str:
    from envctl.domain.plan import Action

    removed = sum(step.action is Action.REMOVE for step in plan.steps)
    if not removed:
        return "what is remembered of playgrounds that are gone"
    return f"{removed} playground{'' if removed == 1 else 's'} with all data"


def _note_left(invocation: Invocation, left: Mapping[str, str]) -> None:
    """Say how many are left alone, a line a cause."""
    for cause in dict.fromkeys(left.values()):
        names = [name for name, why in left.items() if why == cause]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        invocation.note(f"left alone: {', '.join(names[:_NAMED])}{more}: {cause}")


def _age(text: str) -> int:
    from envctl.cli.since import parse_age

    try:
        return parse_age(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no age; write it like 12h or 7d") from None

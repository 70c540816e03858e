"""`envctl promote`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.completion import add_stage
from envctl.errors import EnvctlError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from concurrent.futures import Future

    from envctl.cli.invocation import Invocation
    from envctl.wiring.open_stage import OpenStage
    from envctl.workflows.promote import Promotion, PromotionPlanner


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `promote` takes."""
    from envctl.cli.change_words import add_wait

    add = parser.add_argument
    add_stage(parser)
    add(
        "--release",
        metavar="R",
        default="",
        help="A version, the beginning of a digest, or latest; by default what the stage before "
        "runs, on a first stage the release of this commit.",
    )
    add("--reason", metavar="TEXT", default="", help="Why; it shows in the history.")
    add(
        "--hotfix",
        action="store_true",
        help="Without having run on the stage before; needs --reason.",
    )
    add_wait(parser)
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Let a stage have a release, where the one-way rule allows it; deploy brings it there."""
    from envctl.wiring import stages
    from envctl.wiring.open_stage import open_stage
    from envctl.workflows.promote import require_allowed

    if options.hotfix and not options.reason:
        raise UsageError("--hotfix needs --reason", hint='say why: --reason "TEXT"')
    files = invocation.project_files()
    stage = stages.stage_of(files, options.stage)
    with open_stage(files, stage, invocation.note) as here:
        if options.dry_run:
            planner = stages.promotion_planner(here)
            promotion = planner.plan(options.release, hotfix=options.hotfix)
            require_allowed(stage, promotion)
        else:
            promotion = promote(
                here,
                options.release,
                reason=options.reason,
                hotfix=options.hotfix,
                wait=options.wait,
                note=invocation.note,
            )
    _print(invocation, options, promotion)


def promote(
    here: OpenStage,
    said: str = "",
    *,
    reason: str,
    hotfix: bool,
    wait: float | None,
    note: Callable[[str], None],
    called: str = "",
) -> Promotion:
    """Plan a promotion and carry it out under the stage's lock.

    It is planned while the lock is taken, and again where something has changed meanwhile. `said`
    means the release, as `PromotionPlanner.plan` takes it; others who want the lock are told that
    it is `called` so.
    """
    from concurrent.futures import ThreadPoolExecutor

    from envctl.cli.stage_words import waiting_for
    from envctl.wiring.stages import promoter, promotion_planner

    planner = promotion_planner(here)
    doing = f"promote {called or said}".strip()
    lock = here.lock.held(doing, wait=wait, waiting=waiting_for(note))
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(planner.plan, said, hotfix=hotfix)
        with lock as held:
            promotion = _current(planner, ahead) or planner.plan(said, hotfix=hotfix)
            hands = promoter(here.files, here.stage, here.ledger)
            hands.carry_out(promotion, held, reason=reason, hotfix=hotfix)
    return promotion


def _current(planner: PromotionPlanner, ahead: Future[Promotion]) -> Promotion | None:
    """Return what was planned without the lock, if that is what would be planned now."""
    try:
        promotion = ahead.result()
    except EnvctlError:
        return None
    return promotion if planner.holds(promotion) else None


def _print(invocation: Invocation, options: argparse.Namespace, promotion: Promotion) -> None:
    from envctl.cli.words import plain_steps, print_json, print_plan
    from envctl.domain.plan import Action

    named, plan = promotion.named, promotion.plan
    if options.json:
        steps = plain_steps(plan.steps)
        print_json({"version": named.version, "digest": named.digest, "steps": steps})
    elif options.dry_run:
        print_plan(plan, as_json=False)
    else:
        if not plan:
            invocation.note(f"nothing to do: {options.stage} is to run {named.version} already")
        print(f"{named.version} {named.digest}")
    if options.reason and not plan.of(Action.RECORD):
        invocation.note("nothing is recorded, so the reason is not either")

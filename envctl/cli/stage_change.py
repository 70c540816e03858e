"""What `deploy` and `rollback` have in common: plan, ask, lock, recover, plan again, carry out."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.plan_deploy import Way
from envctl.domain.stage_record import Kind
from envctl.errors import Refused, Unreachable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import Event, StageState
    from envctl.domain.target import HostFacts
    from envctl.ports import Reporter
    from envctl.wiring.open_stage import OpenStage
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.deploy import Prepared
    from envctl.workflows.promote import Promotion


@dataclass(frozen=True)
class StageChange:
    """One change of one stage, as the options say it."""

    files: ProjectFiles
    stage: Stage
    options: argparse.Namespace
    note: Callable[[str], None]

    def carry_out(self, way: Way) -> None:
        """Do it, and print what runs then."""
        from envctl import wiring
        from envctl.cli.progress import reporting
        from envctl.wiring.open_stage import open_stage

        wiring.require_tools()
        with ExitStack() as held:
            reporter = held.enter_context(reporting())
            here = held.enter_context(
                open_stage(
                    self.files,
                    self.stage,
                    reporter.note,
                    timeout=self.options.timeout,
                    start=not self.options.dry_run,
                    offline=way is Way.ROLLBACK,
                )
            )
            prepared = self._changed(here, way, reporter)
        self._print(prepared)

    def _changed(self, here: OpenStage, way: Way, reporter: Reporter) -> Prepared:
        from envctl.cli.change_words import require_consent

        state = self._state(here, reporter)
        promotion = self._promotion(here, reporter) if way is Way.DEPLOY else None
        if way is Way.ROLLBACK:
            planned = here.prepare_rollback(state, self.options.release)
        else:
            planned = here.prepare_deploy(state, promotion.named.digest if promotion else "")
        if promotion:
            planned = replace(planned, promotion=promotion.plan.steps)
        if self.options.dry_run:
            return planned
        if waiting := here.ledger.waiting(self.stage.name):
            reporter.note(f"records that only the target has, and that join the ledger: {waiting}")
        if not (planned.plan or state.opened or waiting):
            return planned
        if planned.plan or state.opened:  # records that join the ledger change nothing there
            require_consent(self.stage, planned.plan.steps, said=self.options.yes)
        if promotion and planned.promotion:
            self._promote(here, promotion, reporter)
        return self._locked(here, way, planned, reporter)

    def _state(self, here: OpenStage, reporter: Reporter) -> StageState:
        """Return where the stage is; what has begun and has no end yet is said, and whose it is."""
        from envctl.domain.stage_status import is_under_way, under_way

        state = here.look.state()
        if not state.opened:
            return state
        holder = here.lock.holder()
        if holder and is_under_way(state, holder):
            reporter.note(under_way(state.opened, holder))
            return state
        state = here.look.state()  # it may have come to its end between the two looks
        if state.opened:
            reporter.note(
                f"the last command on {self.stage.name} was cut short: {state.opened.kind}"
            )
        return state

    def _locked(self, here: OpenStage, way: Way, planned: Prepared, reporter: Reporter) -> Prepared:
        doing = f"{way} {planned.new.deployed.version}"
        with here.held(doing, self.options.wait, reporter) as (held, work):
            facts = held.host_facts()
            state = here.look.state()
            opened = state.opened
            if said := work.recover(state):
                reporter.note(said)
                state, facts = here.look.state(), held.host_facts()
            prepared = self._again(here, way, planned, state, opened, facts)
            if prepared.new.deployed.release != planned.new.deployed.release and not said:
                raise Refused(
                    f"{self.stage.name} was changed while this was planned",
                    hint="nothing was changed; look with --dry-run and run it again",
                )
            if prepared.steps:
                here.preflight(prepared, facts())
                work.carry_out(prepared, self.options.reason)
            else:
                self._join(here)
        return prepared

    def _join(self, here: OpenStage) -> None:
        """Let records join that the target keeps, as every further record would."""
        with suppress(Unreachable):  # the registry is away still
            here.ledger.join(self.stage.name)

    def _again(
        self,
        here: OpenStage,
        way: Way,
        planned: Prepared,
        state: StageState,
        opened: Event | None,
        facts: Callable[[], HostFacts],
    ) -> Prepared:
        """Plan again, under the lock.

        A rollback that was cut short is the one that is meant, finished by now or not: what came
        before it is another release. A deploy that was cut short and is undone by now is what was
        to be taken back, where no release is named.
        """
        if way is Way.DEPLOY:
            return here.prepare_deploy(state, taken=facts().ports)
        if opened and opened.kind is Kind.ROLLBACK_STARTED:
            return here.preparing.rollback(state, planned.new.name)
        undone = opened is not None and state.running == planned.running
        if undone and planned.current and not self.options.release:
            return replace(planned, new=planned.current, steps=())
        return here.prepare_rollback(state, self.options.release)

    def _promotion(self, here: OpenStage, reporter: Reporter) -> Promotion | None:
        """Return the promotion that comes first; Refused where the one that is asked for may not.

        It is of the release that the options name; on a stage that follows, of the one that comes
        next, if one does: where it does not, or not yet, what is promoted is deployed.
        """
        if not (self.options.release or self.stage.follow):
            return None
        from envctl.wiring.stages import promotion_planner
        from envctl.workflows.promote import require_allowed

        planner = promotion_planner(here)
        if self.options.release:
            promotion = planner.plan(self.options.release)
            require_allowed(self.stage, promotion)
            return promotion
        following = planner.following()
        for line in following.lines(self.stage.name):
            reporter.note(line)
        return following.promotion if following.may_come else None

    def _promote(self, here: OpenStage, promotion: Promotion, reporter: Reporter) -> None:
        """Promote the release that was planned, and no other."""
        from envctl.cli.promote import promote

        promote(
            here,
            promotion.named.digest,
            called=promotion.named.version,
            reason=self.options.reason,
            hotfix=False,
            wait=self.options.wait,
            note=reporter.note,
        )

    def _print(self, prepared: Prepared) -> None:
        from envctl.cli.words import print_json, print_plan

        if self.options.dry_run:
            print_plan(prepared.plan, as_json=self.options.json)
            return
        deployed = prepared.new.deployed
        if self.options.json:
            print_json(
                {
                    "stage": self.stage.name,
                    "release": deployed.release,
                    "version": deployed.version,
                    "deployment": deployed.name,
                    "changed": bool(prepared.steps),
                }
            )
            return
        done = "runs" if prepared.steps else "runs already"
        print(f"{self.stage.name} {done} {deployed.version} ({deployed.name})")

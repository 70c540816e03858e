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
    from collections.abc import Callable, Collection

    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import Event, StageState
    from envctl.ports import Reporter
    from envctl.wiring.open_stage import OpenStage
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.deploy import Prepared


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

        state = here.look.state()
        if opened := state.opened:
            reporter.note(f"the last command on {self.stage.name} was cut short: {opened.kind}")
        named = ""
        if way is Way.ROLLBACK:
            planned = here.prepare_rollback(state, self.options.release)
        else:
            named = self._named(here, state)
            planned = here.prepare_deploy(state, named)
        if self.options.dry_run:
            return planned
        if waiting := here.ledger.waiting(self.stage.name):
            reporter.note(f"records that only the target has, and that join the ledger: {waiting}")
        if not (planned.steps or opened or waiting or self.options.release):
            return planned
        require_consent(self.stage, planned.steps, said=self.options.yes)
        if named:
            self._promote(here, reporter)
        return self._locked(here, way, planned, reporter)

    def _locked(self, here: OpenStage, way: Way, planned: Prepared, reporter: Reporter) -> Prepared:
        doing = f"{way} {planned.new.deployed.version}"
        with here.held(doing, self.options.wait, reporter) as (held, work):
            state = here.look.state()
            opened = state.opened
            if said := work.recover(state):
                reporter.note(said)
                state = here.look.state()
            facts = held.host_facts()
            prepared = self._again(here, way, planned, state, opened, facts.ports)
            if prepared.new.deployed.release != planned.new.deployed.release and not said:
                raise Refused(
                    f"{self.stage.name} was changed while this was planned",
                    hint="nothing was changed; look with --dry-run and run it again",
                )
            if prepared.steps:
                here.preflight(prepared, facts)
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
        taken: Collection[int],
    ) -> Prepared:
        """Plan again, under the lock.

        A rollback that was cut short is the one that is meant, finished by now or not: what came
        before it is another release. A deploy that was cut short and is undone by now is what was
        to be taken back, where no release is named.
        """
        if way is Way.DEPLOY:
            return here.prepare_deploy(state, taken=taken)
        if opened and opened.kind is Kind.ROLLBACK_STARTED:
            return here.preparing.rollback(state, planned.new.name)
        undone = opened is not None and state.running == planned.running
        if undone and planned.current and not self.options.release:
            return replace(planned, new=planned.current, steps=())
        return here.prepare_rollback(state, self.options.release)

    def _named(self, here: OpenStage, state: StageState) -> str:
        """Return the digest of the release to promote first; Refused where it may not come.

        It is the one that the options name; on a stage that follows, and is not on hold, the one
        that `promote` would take.
        """
        if not (self.options.release or (self.stage.follow and not state.hold)):
            return ""
        from envctl.wiring.stages import promotion_planner
        from envctl.workflows.promote import require_allowed

        promotion = promotion_planner(here).plan(self.options.release)
        if not self.options.release and promotion.named.digest == state.promoted:
            return ""
        require_allowed(self.stage, promotion)
        return promotion.named.digest

    def _promote(self, here: OpenStage, reporter: Reporter) -> None:
        """Promote the release that the options name, or that comes next."""
        from envctl.cli.promote import promote

        promote(
            here,
            self.options.release,
            reason=self.options.reason,
            hotfix=False,
            wait=self.options.wait,
            note=reporter.note,
        )

    def _print(self, prepared: Prepared) -> None:
        from envctl.cli.words import print_json, print_plan
        from envctl.domain.plan import Plan

        if self.options.dry_run:
            print_plan(Plan(images=prepared.steps), as_json=self.options.json)
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

"""Bring a release into service on a stage, or a former one back; all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Plan
from envctl.domain.plan_deploy import Way, plan_change, plan_tail
from envctl.domain.plan_recover import is_in_service, plan_undo
from envctl.domain.stage_status import way_of
from envctl.errors import EnvctlError, Failed, Interrupted
from envctl.workflows.stage_change import Change

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.domain.deployment import Deployment
    from envctl.domain.plan import Step
    from envctl.domain.stage import Stage
    from envctl.domain.stage_observed import StageObserved
    from envctl.domain.stage_record import Deployed, StageState
    from envctl.ports import Reporter
    from envctl.ports.stage import Drawing
    from envctl.workflows.stage_look import StageLook
    from envctl.workflows.stage_steps import StageExecutor


@dataclass(frozen=True)
class Prepared:
    """A change of a stage that is planned; `current` is what serves before it.

    `promotion` are the steps that let the stage have the release; they come first.
    """

    way: Way
    new: Deployment
    current: Deployment | None
    seen: StageObserved
    steps: tuple[Step, ...]
    drawing: Drawing | None = None
    promotion: tuple[Step, ...] = ()

    @property
    def plan(self) -> Plan:
        """All that is to be done, in its order."""
        return Plan((*self.promotion, *self.steps))

    @property
    def running(self) -> Deployed | None:
        """What the ledger said that runs, when this was planned."""
        return self.seen.state.running


@dataclass(frozen=True)
class Preparing:
    """Plans changes of one stage, from the state that its ledger says; holds readers only."""

    stage: Stage
    look: StageLook

    def deploy(self, state: StageState, release: str, taken: Collection[int] = ()) -> Prepared:
        """Plan to bring the release with this digest into service, with the present settings.

        Ports in `taken` are in use on the target's host.
        """
        drawing = self.look.drawings.draw(release)
        try:
            new = self.look.drawings.stored(drawing.deployed.name)
        except Failed:  # torn: it is drawn again, and kept under the same name
            new = None
        new = new or drawing.deployment({*self.look.engine.ports_given(), *taken})
        return self._prepared(Way.DEPLOY, state, new, drawing)

    def rollback(self, state: StageState, name: str) -> Prepared:
        """Plan to bring a deployment back that the target keeps."""
        return self._prepared(Way.ROLLBACK, state, self.stored(name))

    def stored(self, name: str) -> Deployment:
        """Return a deployment that the target has to know."""
        return Change({d.name: d for d in [self.look.drawings.stored(name)] if d}, name).deployment(
            name
        )

    def _prepared(
        self, way: Way, state: StageState, new: Deployment, drawing: Drawing | None = None
    ) -> Prepared:
        current = self.look.drawings.stored(state.running.name) if state.running else None
        known = [d for d in (new, current) if d]
        seen = self.look.observe(state, known)
        return Prepared(way, new, current, seen, plan_change(way, new, current, seen), drawing)


@dataclass(frozen=True)
class StageWork:
    """Changes one stage, whose lock the caller holds."""

    stage: Stage
    look: StageLook
    executor: StageExecutor
    reporter: Reporter

    def carry_out(self, prepared: Prepared, reason: str = "") -> None:
        """Do what was planned. What fails before the new release serves for certain is undone."""
        new, drawing = prepared.new, prepared.drawing
        change = self._change(prepared.way, new, prepared.current, reason)
        if drawing:
            change = _keeping(change, drawing, new)
        try:
            self.executor.carry_out(prepared.steps, change)
        except KeyboardInterrupt as error:
            hint = self._ended(change, prepared, error)
            raise Interrupted("interrupted", hint=hint) from error
        except BaseException as error:
            _tell(error, self._ended(change, prepared, error))
            raise

    def _ended(self, change: Change, prepared: Prepared, error: BaseException) -> str:
        """Undo what did not come to its end; returns what serves now, and what is left to do."""
        if _is_over(change.done):
            return f"{prepared.new.deployed.version} serves; run the same command to tidy up"
        if self._give_up(_why(error)):
            return _left(prepared.current)
        shown = f"envctl status {self.stage.name} shows what serves"
        return f"the next command finishes or undoes it; {shown}"

    def recover(self, state: StageState) -> str:
        """Finish or undo what a former command left half done; returns in words what it did."""
        opened = state.opened
        if opened is None or opened.deployment is None:
            return ""
        way = way_of(opened)
        new, current = self._both(state, opened.deployment.name)
        if new:
            seen = self.look.observe(state, [d for d in (new, current) if d])
            if is_in_service(new, current, seen):
                return self._finish(way, new, current, seen)
        self._undo(state, f"the {way} was cut short, and undone by the next command")
        return f"the {way} of {opened.version} was cut short: it is undone"

    def _finish(
        self, way: Way, new: Deployment, current: Deployment | None, seen: StageObserved
    ) -> str:
        change = self._change(way, new, current, "finished by the next command")
        try:
            self.executor.carry_out(plan_tail(way, new, current, seen), change)
        except EnvctlError as error:
            if _is_over(change.done) or not self._give_up(_why(error)):
                raise
            return f"the {way} of {new.deployed.version} was cut short: it is undone"
        return f"the {way} of {new.deployed.version} was cut short: it is finished"

    def _give_up(self, why: str) -> bool:
        """Undo what has begun; where that fails too, the next command goes on with it."""
        try:
            state = self.look.state()
            if state.opened:
                self._undo(state, why)
        except (EnvctlError, KeyboardInterrupt) as error:
            self.reporter.note(f"undoing it did not work either: {_why(error)}")
            return False
        return True

    def _undo(self, state: StageState, why: str) -> None:
        if state.opened is None or state.opened.deployment is None:
            return
        name = state.opened.deployment.name
        new, current = self._both(state, name)
        seen = self.look.observe(state, [d for d in (new, current) if d])
        steps = plan_undo(new, name, current, seen, why)
        self.executor.carry_out(steps, self._change(Way.ROLLBACK, current or new, new))

    def _both(self, state: StageState, name: str) -> tuple[Deployment | None, Deployment | None]:
        """Return the deployment of an open record, and the one that runs."""
        stored = self.look.drawings.stored
        current = stored(state.running.name) if state.running else None
        try:
            return stored(name), current
        except Failed:  # its document was being written when the command was killed
            return None, current

    def _change(
        self, way: Way, main: Deployment | None, other: Deployment | None, reason: str = ""
    ) -> Change:
        return Change(
            {d.name: d for d in (main, other) if d},
            main.name if main else "",
            min_healthy=self.stage.min_healthy if way is Way.DEPLOY else 0.0,
            drain=self.stage.drain,
            reason=reason,
        )


def _keeping(change: Change, drawing: Drawing, new: Deployment) -> Change:
    from dataclasses import replace

    return replace(change, keep=lambda: drawing.keep(new))


def _is_over(done: list[Step]) -> bool:
    """Whether the new release serves, and was seen to: what is left is to tidy up."""
    after = (Action.CONFIRM, Action.DRAIN, Action.STOP)
    return any(step.action in after for step in done)


def _tell(error: BaseException, hint: str) -> None:
    """Let an error say how things are now: the general hint is about playgrounds."""
    if isinstance(error, EnvctlError):
        general = error.hint == type(error).help
        error.hint = hint if general else f"{error.hint}; {hint}"


def _left(current: Deployment | None) -> str:
    if current is None:
        return "nothing serves yet, as before; mend the release and make another one"
    return f"{current.deployed.version} serves as before; nothing of the new one is left"


def _why(error: BaseException) -> str:
    if isinstance(error, EnvctlError):
        return error.message
    return "interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__

"""Carry out the steps of a deploy, a rollback or a recovery; decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from envctl.domain.plan import Action
from envctl.domain.stage_record import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from envctl.domain.plan import Step
    from envctl.ports import Reporter
    from envctl.ports.ledger import Ledger
    from envctl.ports.stage import Drawings, StageHands
    from envctl.workflows.stage_change import Change
    from envctl.workflows.stage_containers import StageContainers
    from envctl.workflows.stage_ways import StageWays

_AT_ONCE = (Action.START, Action.CREATE, Action.REPLACE)


@dataclass(frozen=True)
class StageExecutor:
    """Holds the hands of one stage.

    `check` raises when the lock or the connection is lost: then nothing may be changed any more.
    """

    stage: str
    hands: StageHands
    containers: StageContainers
    ways: StageWays
    drawings: Drawings
    ledger: Ledger
    reporter: Reporter
    check: Callable[[], None]

    def carry_out(self, steps: Iterable[Step], change: Change) -> None:
        """Do the steps in their order; those that Compose can do at once, at once."""
        for _, group in groupby(steps, key=lambda s: (s.action, s.target)):
            together = list(group)
            is_one = together[0].action in _AT_ONCE
            for batch in [together] if is_one else [[step] for step in together]:
                self.check()
                self.reporter.started(batch)
                self._do(batch, change)
                self.reporter.finished(batch)
                change.done.extend(batch)

    def _do(self, steps: Sequence[Step], change: Change) -> None:
        step = steps[0]
        match step.action:
            case Action.RECORD:
                self._record(step, change)
            case Action.KEEP if step.target:
                self.drawings.keep_prints(step.target, self.containers.engine.prints())
            case Action.KEEP:
                change.keep()
            case Action.PULL | Action.TAG | Action.CREATE_VOLUME:
                self._bring(step, change)
            case Action.OFFER | Action.SWITCH | Action.CONFIRM | Action.DRAIN:
                self._lead(step, change)
            case Action.REMOVE:
                self._remove(step)
            case _:
                self._run(steps, change)

    def _record(self, step: Step, change: Change) -> None:
        found = change.deployments.get(step.target)
        deployed = found.deployed if found else None
        event = Event(
            Kind(step.subject),
            release=deployed.release if deployed else "",
            version=deployed.version if deployed else "",
            deployment=deployed,
            reason=change.reason,
            outcome=step.cause if step.subject == Kind.FAILED else "",
        )
        self.ledger.append(self.stage, event)

    def _bring(self, step: Step, change: Change) -> None:
        if step.action is Action.CREATE_VOLUME:
            self.hands.create_volume(change.volume(step.subject))
        elif step.action is Action.TAG:
            self.hands.tag(step.source, step.target)
        else:
            image = change.image(step.target)
            self.hands.pull(image.reference, image.name, image.ids)

    def _lead(self, step: Step, change: Change) -> None:
        if step.action is Action.OFFER:
            self.ways.offer(change.deployment(step.subject), whatever=step.forced)
        elif step.action is Action.SWITCH:
            self.ways.switch(step.subject)
        elif step.action is Action.CONFIRM:
            self.ways.confirm()
        else:
            self.ways.drain(step.subject, change.drain)

    def _run(self, steps: Sequence[Step], change: Change) -> None:
        step = steps[0]
        match step.action:
            case Action.CREATE if not step.target:
                self.containers.create(change.deployment(step.subject), anew=step.forced)
            case Action.CREATE | Action.START | Action.REPLACE:
                self.containers.bring_up(steps, change)
            case Action.CONNECT:
                self.containers.connect(step.subject, step.target, change)
            case Action.RUN:
                self.containers.run(change.deployment(step.target), step.subject)
            case Action.PROVE:
                deployment = change.deployment(step.subject)
                self.containers.prove(deployment, change.min_healthy, whole=step.forced)
            case Action.HAND_OVER:
                deployment = change.deployment(step.target)
                self.containers.hand_over(deployment, step.subject)
                if not step.forced:
                    self.ways.reached(deployment, step.subject)
            case Action.STOP:
                self.containers.stop(step.subject)
            case other:
                raise AssertionError(f"no stage has a step {other}")

    def _remove(self, step: Step) -> None:
        """Remove a data service, or all there is of a deployment; its document last."""
        if step.target:
            self.containers.remove_data(step.subject)
            return
        self.ways.withdraw(step.subject)
        self.hands.remove_deployment(step.subject)
        self.hands.forget_images(self._only_of(step.subject))
        self.drawings.forget(step.subject)

    def _only_of(self, name: str) -> list[str]:
        """Return the names of images that no other deployment of the stage runs."""
        every = {one: self.drawings.stored(one) for one in self.drawings.names()}
        images = {one: {i.name for i in d.images} for one, d in every.items() if d}
        others = [found for one, found in images.items() if one != name]
        return sorted(images.get(name, set()).difference(*others))

"""Lead the ways in of a stage to another deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.edge import Backing

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.deployment import Deployment
    from envctl.domain.edge import EdgeStage
    from envctl.domain.https import HttpsFiles
    from envctl.ports import Clock, Reporter
    from envctl.ports.edge import Edge
    from envctl.workflows.stage_answers import StageAnswers

LOOK_AGAIN = 0.2
"""Seconds between two looks at what a former release is still busy with."""


@dataclass(frozen=True)
class StageWays:
    """The edge, as one stage sees it; `key` is what the stage is called there."""

    key: str
    edge: Edge
    answers: StageAnswers
    https: Callable[[], HttpsFiles]
    clock: Clock
    pause: Callable[[float], None]
    reporter: Reporter

    def seen(self) -> EdgeStage | None:
        """Return the stage as the edge has it."""
        return next((s for s in self.edge.stages() if s.stage == self.key), None)

    def offer(self, deployment: Deployment, *, whatever: bool = False) -> None:
        """Let the edge know a deployment, once something answers at its ports.

        One that served before is offered again whatever answers there.
        """
        self._wake()
        backing = deployment.backing or Backing(deployment.name, ())
        here = self.seen()
        known = here.known(backing) if here else ()
        routes = self.answers.settled(deployment, known, whatever=whatever)
        self.edge.offer(self.key, routes, backing, self.https())

    def reached(self, deployment: Deployment, service: str) -> None:
        """Wait until a service that was handed over answers; Unhealthy where it does not."""
        if any(s.service == service for s in deployment.servers):
            self._wake()
            self.answers.reached(deployment, service)

    def _wake(self) -> None:
        """Have the edge run; where it did not, it has to answer."""
        if not self.edge.ensure():
            self.edge.answering(())

    def switch(self, deployment: str) -> None:
        """Serve another deployment from now on."""
        self.edge.switch(self.key, deployment)

    def confirm(self) -> None:
        """See that every way in reaches it; a certificate that is missing is told and waits."""
        self.edge.confirm(self.key)
        for trouble in filter(None, (c.trouble for c in self.edge.certificates(self.key))):
            self.reporter.note(trouble)

    def drain(self, deployment: str, seconds: float) -> None:
        """Wait until a deployment has ended what it was doing, for so long at most."""
        deadline = self.clock.monotonic() + seconds
        while busy := self.edge.busy(self.key, deployment):
            if self.clock.monotonic() >= deadline:
                said = (
                    f"{deployment} is still busy with {busy} after {seconds:g} s: these are cut off"
                )
                self.reporter.note(said)
                return
            self.pause(LOOK_AGAIN)

    def withdraw(self, deployment: str) -> None:
        """Let the edge forget a deployment."""
        here = self.seen()
        if here and deployment in {b.deployment for b in here.backings}:
            self.edge.ensure()
            self.edge.withdraw(self.key, deployment)

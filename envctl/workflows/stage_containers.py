"""Bring containers of a stage up and down, and wait for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.observed import Observed
from envctl.domain.plan import Action
from envctl.domain.service import Role
from envctl.domain.stage_observed import StageObserved, is_running
from envctl.errors import CommandFailed
from envctl.workflows.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.observed import Container
    from envctl.domain.plan import Step
    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.ports import Launch
    from envctl.ports.stage import StageHands, StageReader
    from envctl.workflows.settle import Settler
    from envctl.workflows.stage_change import Change

_GOING = ("dead", "removing")


@dataclass(frozen=True)
class StageContainers:
    """The containers of one stage."""

    engine: StageReader
    hands: StageHands
    settler: Settler

    def seen(self) -> StageObserved:
        """Return what containers there are."""
        return StageObserved(containers=self.engine.containers())

    def create(self, deployment: Deployment, *, anew: bool) -> None:
        """Create the containers and networks of a deployment."""
        launch = self.hands.create(deployment, anew=anew)
        self._see_through(deployment.apps, (), launch)

    def bring_up(self, steps: Sequence[Step], change: Change) -> None:
        """Create, replace or start services of one part; data services are waited for."""
        deployment, part = change.part(steps[0].target)
        services = [part.service(step.subject) for step in steps]
        if self._need_only_start(steps, deployment, part):
            names = {s.name for s in services}
            here = self.seen().of(deployment.name)
            self.hands.start([c.id for c in here if c.service in names and not is_running(c)])
            return
        self._launch(deployment, part, services)
        if part is deployment.data:
            self.settler.wait(part, services, [s.name for s in services])

    def run(self, deployment: Deployment, name: str) -> None:
        """Run a job to its end, in a container of its own."""
        job = deployment.apps.service(name)
        self._launch(deployment, deployment.apps, [job], forced=True)
        self.settler.wait(deployment.apps, [job], [name])

    def prove(self, deployment: Deployment, seconds: float, *, whole: bool = False) -> None:
        """See that all app services are healthy, and stay so.

        Those that are handed over are there, and looked at, once the deployment is `whole`.
        """
        apps = [
            s
            for s in deployment.apps.services
            if s.role is Role.APP and (whole or s.name not in deployment.handover)
        ]
        Steady(self.settler).prove(deployment.apps, apps, seconds)

    def hand_over(self, deployment: Deployment, name: str) -> None:
        """Stop a service wherever it runs on the stage, and start that of `deployment`."""
        others = [c for c in self.seen().containers if c.service == name]
        others = [c for c in others if not _is_of(c, deployment)]
        self.hands.stop([c.id for c in others if c.state not in _GOING])
        wanted = [s for s in deployment.apps.services if s.name == name]
        if wanted:
            self._launch(deployment, deployment.apps, wanted)
            self.settler.wait(deployment.apps, wanted, [name])

    def connect(self, service: str, network: str, change: Change) -> None:
        """Connect a data service's containers to a network."""
        link = change.link(service, network)
        for container in self.seen().data(service):
            if network not in container.networks:
                self.hands.connect(container.id, link)

    def stop(self, name: str) -> None:
        """Stop the containers of a deployment; those that have ended do not come back either."""
        self.hands.stop([c.id for c in self.seen().of(name) if c.state not in _GOING])

    def remove_data(self, service: str) -> None:
        """Remove the containers of a data service; its volumes stay."""
        self.hands.remove([c.id for c in self.seen().data(service)])

    def _need_only_start(
        self, steps: Sequence[Step], deployment: Deployment, part: Project
    ) -> bool:
        """Whether the engine alone can do it: containers that ran before, with no hooks."""
        names = {step.subject for step in steps}
        if part is deployment.data or {s.action for s in steps} != {Action.START}:
            return False
        here = [c for c in self.seen().of(deployment.name) if c.service in names]
        wanted = sum(part.service(name).replicas for name in names)
        ran = all(c.state != "created" for c in here)
        return len(here) == wanted and ran and not names & deployment.hooked

    def _launch(
        self,
        deployment: Deployment,
        part: Project,
        services: Sequence[Service],
        *,
        forced: bool = False,
    ) -> None:
        names = [s.name for s in services]
        launch = self.hands.launch(deployment, part.name, names, forced=forced)
        self._see_through(part, services, launch)

    def _see_through(self, part: Project, services: Sequence[Service], launch: Launch) -> None:
        before = Observed(containers=self.engine.containers())
        try:
            code = self.settler.watch_launch(part, services, launch, before)
        finally:
            launch.stop()
        if code:
            self.settler.raise_for(part, services, before)
            raise CommandFailed(f"Compose could not start {part.name}: {_last_words(launch)}")


def _is_of(container: Container, deployment: Deployment) -> bool:
    from envctl.domain.deployment import DEPLOYMENT

    return container.label(DEPLOYMENT) == deployment.name


def _last_words(launch: Launch) -> str:
    lines = [line.strip() for line in launch.complaint().splitlines() if line.strip()]
    return lines[-1] if lines else "it did not say why"

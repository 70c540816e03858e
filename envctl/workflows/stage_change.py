"""What a series of steps on a stage is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.domain.deployment import Deployment, Link, StageImage
    from envctl.domain.plan import Step
    from envctl.domain.project import Project
    from envctl.domain.volume import Volume


@dataclass(frozen=True)
class Change:
    """The deployments that steps may name, by their names.

    The data services are to be as `main` has them. `keep` puts into the store what a deployment
    is run with. A new release has to stay healthy for `min_healthy` seconds, its predecessor has
    `drain` seconds to end what it is doing. `reason` is a person's. `done` are the steps that
    have come to their end.
    """

    deployments: Mapping[str, Deployment]
    main: str
    min_healthy: float = 0.0
    drain: float = 0.0
    keep: Callable[[], None] = lambda: None
    reason: str = ""
    done: list[Step] = field(default_factory=list)

    def deployment(self, name: str) -> Deployment:
        """Return the deployment called `name`."""
        if name not in self.deployments:
            raise Failed(
                f"the target does not know any more what {name} is",
                hint="deploy a release anew",
            )
        return self.deployments[name]

    def part(self, project: str) -> tuple[Deployment, Project]:
        """Return a Compose project's part, and the deployment that says what it is."""
        if project in self.deployments:
            return self.deployments[project], self.deployments[project].apps
        main = self.deployment(self.main)
        return main, main.data

    def link(self, service: str, network: str) -> Link:
        """Return how a data service is on a network."""
        links = (link for d in self.deployments.values() for link in d.links)
        return next(n for n in links if (n.service, n.network) == (service, network))

    def image(self, name: str) -> StageImage:
        """Return the image that is called `name` on the target."""
        images = (image for d in self.deployments.values() for image in d.images)
        return next(image for image in images if image.name == name)

    def volume(self, name: str) -> Volume:
        """Return the volume called `name` on the target."""
        volumes = (volume for d in self.deployments.values() for volume in d.volumes)
        return next(volume for volume in volumes if volume.name == name)

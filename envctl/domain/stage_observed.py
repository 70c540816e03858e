"""What there is of a stage, seen once per decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.deployment import DEPLOYMENT, ROLE
from envctl.domain.service import Role
from envctl.domain.stage_record import StageState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.domain.observed import Container

_SUPPORT = ("lock", "store", "edge")


@dataclass(frozen=True)
class StageObserved:
    """What a decision about a stage is taken on.

    `containers` are all that bear the stage's labels. `served` is the deployment that the edge
    serves, empty for none, `offered` those that it knows; all in vain while `edge_down`. `stored`
    are the deployments whose documents the target keeps, `volumes` the volumes that are there.
    `images` maps names of images to the IDs that they have there, `known` IDs of wanted images to
    whether the engine has them.
    """

    state: StageState = field(default_factory=StageState)
    containers: tuple[Container, ...] = ()
    served: str = ""
    offered: frozenset[str] = frozenset()
    edge_down: bool = False
    stored: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()
    images: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    def data(self, service: str = "") -> tuple[Container, ...]:
        """Return the containers of data services, or of one of them."""
        return tuple(
            c
            for c in self.containers
            if c.label(ROLE) == Role.DATA and (not service or c.service == service)
        )

    def of(self, deployment: str, service: str = "") -> tuple[Container, ...]:
        """Return the containers of a deployment, or of one of its services."""
        return tuple(
            c
            for c in self.containers
            if c.label(DEPLOYMENT) == deployment and (not service or c.service == service)
        )

    def deployments(self) -> tuple[str, ...]:
        """Return the names of all deployments that have containers, sorted."""
        return tuple(sorted({name for c in self.containers if (name := c.label(DEPLOYMENT))}))


def is_running(container: Container) -> bool:
    """Whether it runs, and is not known to be ill."""
    return container.state == "running" and container.health != "unhealthy"

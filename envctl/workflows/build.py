"""`build`: what is missing of a project's images, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.lock import LOCK_FILE, Order, not_here, strangers
from envctl.domain.plan import Plan
from envctl.domain.plan_images import image_steps
from envctl.errors import BuildFailed, Refused
from envctl.workflows.observe import observe_images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.lock import Lock
    from envctl.domain.plan import Step
    from envctl.domain.project import Project
    from envctl.ports import Reporter
    from envctl.ports.building import Bakery, Bases, ImageNames
    from envctl.workflows.observe import Senses


@dataclass(frozen=True)
class LockedBuilder:
    """Builds upon the images that the lock names, and upon no others."""

    lock: Lock
    bases: Bases
    images: ImageNames
    bakery: Bakery

    def build(self, project: Project, steps: Sequence[Step], reporter: Reporter) -> None:
        """Build each step's subject under the name that is its target; see the port.

        Refused where the engine has another image than the lock says, before anything is built.
        """
        bases = self.bases.bases(project, [step.subject for step in steps])
        self._check_here({name for names in bases.values() for name in names})
        orders = [
            Order(s.subject, (s.target,), self.lock.contexts(bases[s.subject])) for s in steps
        ]
        used = self.bakery.bake(orders, reporter)
        wrong = [
            f"{name}: {said}"
            for name, names in bases.items()
            for said in strangers(self.lock, names, used.get(name, ()))
        ]
        if wrong:
            raise BuildFailed(
                f"the builder did not take the images of {LOCK_FILE}",
                details=tuple(wrong),
                hint="envctl lock --check tells what the registries have",
            )

    def _check_here(self, names: set[str]) -> None:
        if wrong := not_here(self.lock, names, self.images.image_ids(names)):
            raise Refused(
                f"this engine has other images than {LOCK_FILE} says",
                details=wrong,
                hint="load the locked images, or take these: envctl lock --update",
            )


def prepare_build(
    senses: Senses, project: Project, services: Sequence[str] = (), *, rebuild: bool = False
) -> Plan:
    """Return what has to be done so that the engine has the images that services are built to."""
    chosen = [project.service(name) for name in services] or project.services
    built = [s for s in chosen if s.build]
    observed = observe_images(senses, project, built, rebuild=rebuild)
    return Plan(image_steps(project, built, observed, rebuild=rebuild))

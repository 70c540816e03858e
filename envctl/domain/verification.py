"""Whether stages run what their releases say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.deployment import DEPLOYMENT, ROLE
from envctl.domain.drift import edge_drift
from envctl.domain.service import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.observed import Container
    from envctl.domain.release import Release
    from envctl.domain.service import Service


@dataclass(frozen=True)
class RunningImage:
    """One running container of a stage, and whether it is the release's image."""

    service: str
    container: str
    image: str
    wanted: str
    holds: bool


@dataclass(frozen=True)
class StageProof:
    """What was seen of a stage: its release, its containers, and what stands against it."""

    stage: str
    release: str
    version: str
    images: tuple[RunningImage, ...]
    complaints: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the stage runs the release: its images, as many as wanted, and served."""
        return not self.complaints and all(image.holds for image in self.images)


@dataclass(frozen=True)
class Verdict:
    """What proofs of several stages come to; `compared` says that somebody asked for these."""

    proofs: Sequence[StageProof]
    compared: bool

    @property
    def same_release(self) -> bool:
        """Whether all of them run one release."""
        return len({proof.release for proof in self.proofs}) < 2

    @property
    def holds(self) -> bool:
        """Whether every proof holds and, where stages are compared, they run one release."""
        return all(p.holds for p in self.proofs) and (self.same_release or not self.compared)


def prove(
    stage: str,
    version: str,
    release: Release,
    running: Deployment,
    containers: Iterable[Container],
    served: str,
) -> StageProof:
    """Compare what there is of a stage with a release that it runs as the deployment `running`.

    `containers` are all of the stage, `served` is the deployment that the edge serves.
    """
    images = tuple(running_image(release, c) for c in containers if _is_up(running, c))
    services = (*running.apps.services, *running.data.services)
    lasting = [service for service in services if service.role is not Role.JOB]
    complaints = (*lacking(lasting, images), *wrong(images), *edge_drift(running, served))
    return StageProof(stage, running.deployed.release, version, images, complaints)


def _is_up(running: Deployment, container: Container) -> bool:
    is_own = container.label(DEPLOYMENT) == running.name or container.label(ROLE) == Role.DATA
    return is_own and container.state == "running" and bool(container.service)


def lacking(services: Iterable[Service], images: Sequence[RunningImage]) -> Iterator[str]:
    """Yield a complaint for each of `services` that has fewer containers than it is to have."""
    for service in sorted(services, key=lambda s: s.name):
        up = len([image for image in images if image.service == service.name])
        if up == 0 < service.replicas:
            yield f"{service.name} has no running container"
        elif up < service.replicas:
            yield f"{service.name} has {up} of {service.replicas} containers running"


def wrong(images: Iterable[RunningImage]) -> Iterator[str]:
    """Yield a complaint for each container that does not run the release's image."""
    for image in images:
        if not image.holds:
            yield f"{image.container} runs {image.image}, the release has {image.wanted}"


def running_image(release: Release, container: Container) -> RunningImage:
    """Return what a container runs; either image store is believed."""
    image = release.image_of(container.service)
    if image is None:
        return RunningImage(
            container.service, container.name, container.image_id, "none", holds=False
        )
    ids = {image.digest, *(i for p in image.platforms for i in (p.manifest, p.config))}
    holds = container.image_id in ids
    return RunningImage(container.service, container.name, container.image_id, image.digest, holds)

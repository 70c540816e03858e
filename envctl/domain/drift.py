"""What is otherwise on a stage than its last deploy left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.deployment import DEFINITION, DEPLOYMENT
from envctl.domain.service import Role
from envctl.domain.stage_observed import is_running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.deployment import Deployment
    from envctl.domain.service import Service
    from envctl.domain.stage_observed import StageObserved

_Prints = dict[str, dict[str, str]]


def drift_of(
    running: Deployment,
    seen: StageObserved,
    before: Mapping[str, Mapping[str, str]],
    now: Mapping[str, Mapping[str, str]],
) -> tuple[str, ...]:
    """Return in words what was changed by hand, or has ended; nothing where all is as it was.

    `before` is how the containers were when the deploy was done, `now` how they are.
    """
    return (
        *_of_containers(running.name, running.apps.services, seen),
        *_of_images(running, seen),
        *_of_data(running, seen),
        *_of_networks(running, seen),
        *_of_prints(seen, before, now),
        *_of_others(running, seen),
        *edge_drift(running, seen.served, down=seen.edge_down),
    )


def drift_under_way(running: Deployment, new: str, seen: StageObserved) -> tuple[str, ...]:
    """Return in words what is wrong with what serves while it is changed to the deployment `new`.

    All else is being changed. Once `new` serves, the change itself sees to it.
    """
    if not running.routes or seen.served == new:
        return ()
    stays = [s for s in running.apps.services if s.name not in running.handover]
    edge = edge_drift(running, seen.served, down=seen.edge_down)
    return (*_of_containers(running.name, stays, seen), *edge)


def _of_containers(name: str, services: Iterable[Service], seen: StageObserved) -> Iterator[str]:
    for service in services:
        if service.role is Role.APP:
            here = seen.of(name, service.name)
            yield from _counted(service, len(here), len([c for c in here if is_running(c)]))


def _counted(service: Service, there: int, up: int) -> Iterator[str]:
    if there < service.replicas:
        gone = service.replicas - there
        yield f"{service.name}: {gone} of {service.replicas} containers are gone"
    elif there > service.replicas:
        yield f"{service.name}: {there} containers, the release has {service.replicas}"
    elif up < service.replicas:
        yield f"{service.name}: {up} of {service.replicas} containers are well"


def _of_images(running: Deployment, seen: StageObserved) -> Iterator[str]:
    for image in running.images:
        if image.name in seen.images and seen.images[image.name] not in image.ids:
            yield f"image {image.name} is another one there than the release's"
        for service in image.services:
            here = [*seen.of(running.name, service), *seen.data(service)]
            if any(
                c.image_id not in image.ids
                for c in here
                if c.label(DEPLOYMENT) in ("", running.name)
            ):
                yield f"{service}: runs another image than the release's"


def _of_data(running: Deployment, seen: StageObserved) -> Iterator[str]:
    for service in running.data.services:
        here = seen.data(service.name)
        yield from _counted(service, len(here), len([c for c in here if is_running(c)]))
        wanted = dict(running.definitions)[service.name]
        if any(c.label(DEFINITION) != wanted for c in here):
            yield f"{service.name}: is not as the release defines it"


def _of_networks(running: Deployment, seen: StageObserved) -> Iterator[str]:
    for service in running.apps.services:
        here = [c for c in seen.of(running.name, service.name) if is_running(c)]
        for network in service.networks:
            if any(network not in c.networks for c in here):
                yield f"{service.name}: is not on the network {network}"
    for link in running.links:
        if any(link.network not in c.networks for c in seen.data(link.service) if is_running(c)):
            yield f"{link.service}: is not on the network {link.network}"


def _of_prints(
    seen: StageObserved,
    before: Mapping[str, Mapping[str, str]],
    now: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    services = {c.name: c.service for c in seen.containers}
    for name, aspects in before.items():
        there = now.get(name, {})
        changed = [a for a, digest in aspects.items() if there and there.get(a) != digest]
        if changed:
            yield f"{services.get(name, name)}: changed by hand: {', '.join(changed)}"


def _of_others(running: Deployment, seen: StageObserved) -> Iterator[str]:
    for name in seen.deployments():
        if name != running.name and any(is_running(c) for c in seen.of(name)):
            yield f"{name} runs, and is not what the stage runs"


def edge_drift(running: Deployment, served: str, *, down: bool = False) -> Iterator[str]:
    """Yield what is wrong where the edge is down, or serves another deployment, or none."""
    if running.routes and down:
        yield "the edge does not run: nothing answers"
    elif running.routes and served != running.name:
        yield f"the edge serves {served or 'nothing'}"

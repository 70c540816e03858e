"""Decide what `up` has to do; calls nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.leftover_names import mend_names
from envctl.domain.plan import Action, Plan, Step, Wave
from envctl.domain.plan_images import image_steps, is_certain
from envctl.domain.restore import restore_steps
from envctl.domain.seed import SEEDED
from envctl.domain.service import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.observed import Container, Observed
    from envctl.domain.project import Project
    from envctl.domain.service import Service

_REPLACES = (Action.CREATE, Action.REPLACE)
_WEIGHT = (Action.REPLACE, Action.START, Action.RESUME, Action.CHECK)
_RESTORED = "its data is restored"


def plan_up(
    project: Project,
    observed: Observed,
    selected: Iterable[str] = (),
    *,
    rebuild: bool = False,
    restores: tuple[Step, ...] | None = None,
) -> Plan:
    """Return the steps after which the selected services, and what they need, run as defined.

    No selection means every service. `rebuild` builds even where the inputs did not change.
    `restores` fill volumes first; what is due of the services' volumes, where they are not given.
    """
    selected = tuple(selected)
    services = project.closure(selected)
    mended, observed = mend_names(observed)
    images = image_steps(project, services, observed, rebuild=rebuild)
    changing = {step.target: step for step in images}
    steps = {
        service.name: step
        for service in services
        if (step := _container_step(service, observed, changing))
    }
    if restores is None:
        restores = restore_steps(project, services, observed.due)
    steps |= _on_restored(services, observed, {step.subject for step in restores})
    _follow(project, services, observed, steps)
    steps |= _on_the_way(project, services, observed, steps)
    mended = tuple(s for s in mended if steps.get(s.subject, s).cause != _RESTORED)
    waves = _waves(project, services, observed, steps)
    first = [Wave(some) for some in (restores, mended) if some]
    last = _seeding(observed) if not selected else []
    return Plan(images, (*first, *waves, *last))


def _seeding(observed: Observed) -> list[Wave]:
    """Return what runs the job that is owed; it may need every service."""
    return [Wave((Step(Action.SEED, observed.owed, SEEDED),))] if observed.owed else []


def _on_restored(
    services: Iterable[Service], observed: Observed, keys: set[str]
) -> dict[str, Step]:
    """Return the steps of services whose data comes anew: their containers go with the old."""
    steps = {}
    for service in services:
        if keys & set(service.volumes) and service.replicas > 0:
            action = Action.REPLACE if observed.of(service.name) else Action.CREATE
            forced = action is Action.REPLACE
            steps[service.name] = Step(action, service.name, _RESTORED, forced=forced)
    return steps


def _container_step(
    service: Service, observed: Observed, changing: Mapping[str, Step]
) -> Step | None:
    """Return the weightiest step that the service's containers call for."""
    containers, name = observed.of(service.name), service.name
    image = changing.get(service.image)
    known = {observed.known.get(c.id, service.definition) for c in containers}
    if containers and known != {service.definition}:
        return Step(Action.REPLACE, name, "its definition changed", forced=True)
    if len(containers) < service.replicas:
        count = f"{len(containers)} of {service.replicas} containers"
        return Step(Action.CREATE, name, count if containers else "no container")
    if len(containers) > service.replicas:
        surplus = f"{len(containers)} containers, {service.replicas} wanted: Compose removes some"
        return Step(Action.CHECK, name, surplus)
    if image and is_certain(image, changing):
        return Step(Action.REPLACE, name, "its image changes")
    causes = [step for c in containers if (step := _container_cause(service, c, observed))]
    if image:
        causes.append(Step(Action.CHECK, name, "its image may change, Compose compares it"))
    return min(causes, key=lambda step: _WEIGHT.index(step.action), default=None)


def _container_cause(service: Service, container: Container, observed: Observed) -> Step | None:
    """Return the step that this one container calls for."""
    name = service.name
    image_id = observed.images.get(service.image)
    if image_id and container.image_id != image_id:
        return Step(Action.REPLACE, name, f"{service.image} is another image now")
    if service.build and container.id in observed.edited:
        return Step(Action.REPLACE, name, "watch has changed files in it", forced=True)
    if cause := _spoilt(container):
        return Step(Action.REPLACE, name, cause, forced=True)
    if (off := _off_network(service, container)) and not _is_over(service, container):
        return Step(Action.REPLACE, name, f"it is not on the network {off}", forced=True)
    if container.state == "paused":
        return Step(Action.RESUME, name, "paused")
    if container.state == "created":
        return Step(Action.START, name, "created, never started")
    if container.state == "exited" and not _is_over(service, container):
        return Step(Action.START, name, f"exited with code {container.exit_code}")
    if container.id not in observed.known:
        return Step(Action.CHECK, name, "not created by envctl here, Compose compares it")
    return None


def _spoilt(container: Container) -> str:
    """Return why Compose, which sees no difference, has to be told to replace it."""
    if container.health == "unhealthy" and container.state == "running":
        return "unhealthy"
    broken = container.state in ("restarting", "dead", "removing")
    return f"its container is {container.state}" if broken else ""


def _is_over(service: Service, container: Container) -> bool:
    """Whether it has done its work."""
    return container.state == "exited" and service.may_complete and container.exit_code == 0


def _off_network(service: Service, container: Container) -> str:
    """Return a network that was removed, or that the container was taken off, by hand."""
    return next((name for name in service.networks if name not in container.networks), "")


def _follow(
    project: Project, services: Iterable[Service], observed: Observed, steps: dict[str, Step]
) -> None:
    """Add the services that must follow others which this plan replaces, until none is left."""
    while True:
        before = len(steps)
        for service in services:
            if service.name not in steps and (
                step := _following(project, service, observed, steps)
            ):
                steps[service.name] = step
        if len(steps) == before:
            return


def _following(
    project: Project, service: Service, observed: Observed, steps: dict[str, Step]
) -> Step | None:
    replaced = {name for name, step in steps.items() if step.action in _REPLACES}
    moved = replaced | {name for name, step in steps.items() if step.action is Action.START}
    for other in service.shares:
        if other in moved:
            return Step(Action.REPLACE, service.name, f"it shares with {other}", forced=True)
    for need in service.depends_on:
        if need.restart and need.service in replaced:
            cause = f"{need.service} is replaced and depends_on says restart"
            return Step(Action.REPLACE, service.name, cause, forced=True)
    renewed = sorted(project.needs(service.name) & replaced)
    if service.role is Role.JOB and renewed and (former := observed.of(service.name)):
        off = any(_off_network(service, c) for c in former)
        action = Action.REPLACE if off else Action.START
        return Step(action, service.name, f"{renewed[0]} is new", forced=off)
    return None


def _on_the_way(
    project: Project, services: Iterable[Service], observed: Observed, steps: Mapping[str, Step]
) -> dict[str, Step]:
    """Return steps for what is not ready yet, and has to be before others are started."""
    found = {}
    for service in services:
        needing = sorted(name for name in steps if service.name in project.needs(name))
        if needing and service.name not in steps and _is_on_the_way(service, observed):
            cause = f"it is not ready yet, and {needing[0]} needs it"
            found[service.name] = Step(Action.CHECK, service.name, cause)
    return found


def _is_on_the_way(service: Service, observed: Observed) -> bool:
    running = [c for c in observed.of(service.name) if c.state == "running"]
    return any(service.role is Role.JOB or c.health == "starting" for c in running)


def _waves(
    project: Project, services: Iterable[Service], observed: Observed, steps: dict[str, Step]
) -> tuple[Wave, ...]:
    if not steps:
        return ()
    if not any(observed.of(s.name) for s in services):
        return (Wave(tuple(steps[name] for name in sorted(steps)), ordered=True),)
    levels = project.levels(steps)
    return tuple(Wave(tuple(steps[name] for name in level)) for level in levels)

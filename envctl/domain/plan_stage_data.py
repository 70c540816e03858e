"""Data services of a stage: there once, changed in place, and only where their definition did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.deployment import DEFINITION
from envctl.domain.plan import Action, Step
from envctl.domain.stage_observed import is_running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.deployment import Deployment, Link
    from envctl.domain.service import Service
    from envctl.domain.stage_observed import StageObserved

_CHANGED = "its definition changed: it is away meanwhile"


def data_steps(new: Deployment, current: Deployment | None, seen: StageObserved) -> Iterator[Step]:
    """Yield what makes the stage's data services and volumes those of `new`.

    A service that is replaced is connected at once to the networks of `current`, which serves.
    """
    for volume in new.volumes:
        if volume.name not in seen.volumes:
            yield Step(Action.CREATE_VOLUME, volume.name, "there is none")
    changed = [step for s in new.data.services if (step := _step(new, s, seen))]
    yield from changed
    renewed = {s.subject for s in changed if s.action in (Action.CREATE, Action.REPLACE)}
    if current and current.name != new.name:
        for link in current.links:
            if link.service in renewed:
                yield connect(link, f"{current.name} serves, and needs it")


def links_missing(new: Deployment, seen: StageObserved) -> Iterator[Step]:
    """Yield what makes data services found by the services of `new`."""
    for link in new.links:
        here = seen.data(link.service)
        kept = here and all(is_current(new, link.service, c.label(DEFINITION)) for c in here)
        if not kept or any(link.network not in c.networks for c in here):
            yield connect(link, f"so that {new.name} finds it")


def connect(link: Link, cause: str) -> Step:
    """Return the step that connects a data service to a network."""
    return Step(Action.CONNECT, link.service, cause, target=link.network)


def outdated_data(new: Deployment, seen: StageObserved) -> Iterator[Step]:
    """Yield the removal of data services that `new` does not have; their volumes stay."""
    names = {s.name for s in new.data.services}
    for service in sorted({c.service for c in seen.data()} - names):
        cause = "no data service of the release; its volumes stay"
        yield Step(Action.REMOVE, service, cause, target=new.data.name)


def is_current(new: Deployment, service: str, definition: str) -> bool:
    """Whether a container of a data service is what `new` wants."""
    wanted = {s.name: s for s in new.data.services}.get(service)
    return wanted is not None and dict(new.definitions)[service] == definition


def _step(new: Deployment, service: Service, seen: StageObserved) -> Step | None:
    here = seen.data(service.name)
    place = new.data.name
    if len(here) < service.replicas:
        return Step(Action.CREATE, service.name, "there is no container", target=place)
    if any(not is_current(new, service.name, c.label(DEFINITION)) for c in here):
        return Step(Action.REPLACE, service.name, _CHANGED, target=place)
    if not all(is_running(c) for c in here):
        state = next(c.state for c in here if not is_running(c))
        return Step(Action.START, service.name, f"it is {state}", target=place)
    return None

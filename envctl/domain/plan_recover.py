"""Plan what becomes of a deploy or rollback that has not come to its end.

The one whose release is served, and well, is finished; every other one is undone: the release that
ran before serves, or serves still, with its own data services and settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Step
from envctl.domain.plan_deploy import edge_started
from envctl.domain.plan_stage_data import connect, data_steps, outdated_data
from envctl.domain.service import Role
from envctl.domain.stage_observed import is_running
from envctl.domain.stage_record import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.deployment import Deployment
    from envctl.domain.stage_observed import StageObserved


def is_in_service(new: Deployment, current: Deployment | None, seen: StageObserved) -> bool:
    """Whether a change to `new` has come so far that it is to be finished.

    Its services all run, the edge serves it, or, where nothing leads to the stage, nothing of its
    predecessor's that cannot run beside it is left.
    """
    up = all(
        len([c for c in seen.of(new.name, s.name) if is_running(c)]) >= s.replicas
        for s in new.apps.services
        if s.role is Role.APP
    )
    if not up:
        return False
    if new.routes or seen.served:
        return seen.served == new.name
    over = current.handover if current else ()
    return not any(c.state == "running" for n in over for c in seen.of(_name(current), n))


def _name(deployment: Deployment | None) -> str:
    return deployment.name if deployment else ""


def plan_undo(
    new: Deployment | None, name: str, current: Deployment | None, seen: StageObserved, why: str
) -> tuple[Step, ...]:
    """Return the steps that leave `current` in service, and of the deployment `name` nothing.

    `new` is that deployment where its document is known. One that was in service before is kept,
    stopped, and so is one that is `current` itself.
    """
    steps: list[Step] = []
    if current is None or current.name != name:
        steps += _back(current, seen) if current else []
        steps += _handed_back(new, current, seen)
        steps += _served_again(name, current, seen)
        steps += _gone(name, seen)
        steps += outdated_data(current, seen) if current else _data_gone(name, seen)
    return (*steps, Step(Action.RECORD, str(Kind.FAILED), why, target=name))


def _back(current: Deployment, seen: StageObserved) -> Iterator[Step]:
    """Yield what brings the data services and the containers of `current` back."""
    changed = list(data_steps(current, None, seen))
    yield from changed
    renewed = {s.subject for s in changed if s.action in (Action.CREATE, Action.REPLACE)}
    for link in current.links:
        here = seen.data(link.service)
        if link.service in renewed or any(link.network not in c.networks for c in here):
            yield connect(link, f"{current.name} serves, and needs it")
    for service in current.apps.services:
        here = seen.of(current.name, service.name)
        up = len([c for c in here if is_running(c)]) >= service.replicas
        if service.role is Role.APP and service.name not in current.handover and not up:
            yield Step(Action.START, service.name, "it is to serve again", target=current.name)


def _handed_back(
    new: Deployment | None, current: Deployment | None, seen: StageObserved
) -> Iterator[Step]:
    if current is None:
        return
    taken = new.handover if new else frozenset()
    for name in sorted(current.handover | taken):
        started = new is not None and any(c.state == "running" for c in seen.of(new.name, name))
        here = seen.of(current.name, name)
        if started or (here and not all(is_running(c) for c in here)):
            cause = "back to the former release"
            yield Step(Action.HAND_OVER, name, cause, target=current.name, forced=True)


def _served_again(name: str, current: Deployment | None, seen: StageObserved) -> Iterator[Step]:
    if seen.served == name and current:
        yield Step(Action.OFFER, current.name, "it is to be served again", forced=True)
        yield Step(Action.SWITCH, current.name, f"back from {name}")
        yield Step(Action.CONFIRM, current.name, "through the edge")
    elif current:
        yield from edge_started(current, seen)


def _data_gone(name: str, seen: StageObserved) -> Iterator[Step]:
    for service in sorted({c.service for c in seen.data()}):
        cause = "nothing of the stage is in service; its volumes stay"
        yield Step(Action.REMOVE, service, cause, target=name)


def _gone(name: str, seen: StageObserved) -> Iterator[Step]:
    here = seen.of(name)
    if name in {d.name for d in seen.state.good}:
        if here:
            yield Step(Action.STOP, name, "it stays for a rollback")
    elif here or name in seen.offered or name in seen.stored:
        yield Step(Action.REMOVE, name, "it never came into service")

"""Plan a deploy or a rollback: from what there is to a release in service, beside the former one.

Until the switch the former release serves, untouched but for data services whose definition
changed; the switch is one step; after it the former release is kept, stopped. Every plan begins
and ends with a record, and is made of what is observed: after an interruption it is what is left.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Step
from envctl.domain.plan_stage_data import data_steps, links_missing, outdated_data
from envctl.domain.plan_stage_images import image_steps
from envctl.domain.service import Role
from envctl.domain.stage_observed import is_running
from envctl.domain.stage_record import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.observed import Container
    from envctl.domain.service import Service
    from envctl.domain.stage_observed import StageObserved

KEPT = 5
"""How many deployments that were good before stay on a target, stopped, for rollbacks."""


class Way(StrEnum):
    """Which way a stage goes: to what was promoted, or back to what it ran before."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"


_RECORDS = {
    Way.DEPLOY: (Kind.DEPLOY_STARTED, Kind.DEPLOYED),
    Way.ROLLBACK: (Kind.ROLLBACK_STARTED, Kind.ROLLED_BACK),
}


def plan_change(
    way: Way, new: Deployment, current: Deployment | None, seen: StageObserved
) -> tuple[Step, ...]:
    """Return the steps that bring `new` into service in place of `current`; none when it is.

    Where both are the same one, what is missing of it is brought back in place.
    """
    if current and current.name == new.name:
        steps = [*_repair(new, seen), *_leftovers(new, current, seen)]
    else:
        steps = [*_beside(way, new, current, seen), *_tail(new, current, seen)]
    return _recorded(way, new, steps) if steps else ()


def plan_tail(
    way: Way, new: Deployment, current: Deployment | None, seen: StageObserved
) -> tuple[Step, ...]:
    """Return what is left to do once `new` is served."""
    confirmed = [Step(Action.CONFIRM, new.name, "through the edge")] if new.routes else []
    return (*edge_started(new, seen), *confirmed, *_tail(new, current, seen), *_ended(way, new))


def edge_started(serving: Deployment, seen: StageObserved) -> Iterator[Step]:
    """Yield what starts an edge that does not run, and knows already what it is to serve."""
    if serving.routes and seen.edge_down:
        yield Step(Action.OFFER, serving.name, "the edge does not run", forced=True)


def _recorded(way: Way, new: Deployment, steps: list[Step]) -> tuple[Step, ...]:
    images = [s for s in steps if s.action in (Action.PULL, Action.TAG)]
    rest = [s for s in steps if s not in images]
    return (*images, _record(_RECORDS[way][0], new), *rest, *_ended(way, new))


def _ended(way: Way, new: Deployment) -> tuple[Step, ...]:
    cause = "how its containers are, so that changes by hand are seen"
    kept = Step(Action.KEEP, new.name, cause, target=new.name)
    return (kept, _record(_RECORDS[way][1], new))


def _record(kind: Kind, new: Deployment) -> Step:
    return Step(Action.RECORD, str(kind), f"{_called(new)} in the stage's ledger", target=new.name)


def _called(new: Deployment) -> str:
    return f"{new.deployed.version} ({new.name})"


# --- before and at the switch


def _beside(
    way: Way, new: Deployment, current: Deployment | None, seen: StageObserved
) -> Iterator[Step]:
    yield from image_steps(new, seen)
    if new.name not in seen.stored:
        yield Step(Action.KEEP, new.name, "the settings that it runs with, for rollbacks")
    yield from data_steps(new, current, seen)
    yield from _created(new, current, seen)
    yield from links_missing(new, seen)
    if way is Way.DEPLOY:
        yield from _jobs(new, current, early=True)
    yield from _started(way, new, seen)
    if way is Way.DEPLOY:
        yield from _jobs(new, current, early=False)
    yield Step(Action.PROVE, new.name, _proof(way))
    yield from _switched(new, current, seen)


def _proof(way: Way) -> str:
    if way is Way.DEPLOY:
        return "every service has to be healthy, and to stay so"
    return "every service has to be healthy again"


def _created(new: Deployment, current: Deployment | None, seen: StageObserved) -> Iterator[Step]:
    missing = [s for s in new.apps.services if len(seen.of(new.name, s.name)) < s.replicas]
    if any(_is_cut_off(s, seen.of(new.name, s.name)) for s in new.apps.services):
        yield Step(Action.CREATE, new.name, "its networks are gone", forced=True)
    elif missing:
        beside = f"beside {current.name}" if current else "nothing runs there yet"
        yield Step(Action.CREATE, new.name, beside)


def _is_cut_off(service: Service, here: Sequence[Container]) -> bool:
    """Whether a container cannot start, because a network that it was on was removed."""
    return any(not set(service.networks) <= set(c.networks) for c in here)


def _jobs(new: Deployment, current: Deployment | None, *, early: bool) -> Iterator[Step]:
    meanwhile = f"while {current.deployed.version} serves" if current else "before anything serves"
    for names in new.apps.levels([s.name for s in _of_role(new, Role.JOB)]):
        for name in names:
            if _needs_apps(new, name) is not early:
                yield Step(Action.RUN, name, f"from the new images, {meanwhile}", target=new.name)


def _needs_apps(new: Deployment, job: str) -> bool:
    return any(new.apps.service(need).role is Role.APP for need in new.apps.needs(job))


def _started(way: Way, new: Deployment, seen: StageObserved) -> Iterator[Step]:
    cause = "kept since it ran" if way is Way.ROLLBACK else "new, not served yet"
    for service in _of_role(new, Role.APP):
        if service.name not in new.handover and not _is_up(new, service, seen):
            yield Step(Action.START, service.name, cause, target=new.name)


def _is_up(new: Deployment, service: Service, seen: StageObserved) -> bool:
    up = [c for c in seen.of(new.name, service.name) if is_running(c)]
    return len(up) >= service.replicas


def _switched(new: Deployment, current: Deployment | None, seen: StageObserved) -> Iterator[Step]:
    has_edge = bool(new.routes or seen.served or (current and current.routes))
    if has_edge:
        yield Step(Action.OFFER, new.name, _ways(new))
    for name in sorted(new.handover | (current.handover if current else frozenset())):
        cause = "it cannot run beside its predecessor" + (": that stops first" if current else "")
        yield Step(Action.HAND_OVER, name, cause, target=new.name)
    if new.handover:
        yield Step(Action.PROVE, new.name, "with what was handed over", forced=True)
    if has_edge:
        former = f"in place of {current.name}" if current else "nothing was served"
        yield Step(Action.SWITCH, new.name, f"{former}, all ways in at one moment")
        yield Step(Action.CONFIRM, new.name, "through the edge")


def _ways(new: Deployment) -> str:
    names = [", ".join(r.hosts) if r.hosts else f"port {r.port}" for r in new.routes]
    return ", ".join(dict.fromkeys(names)) or "no way in any more"


# --- after the switch


def _tail(new: Deployment, current: Deployment | None, seen: StageObserved) -> Iterator[Step]:
    if current and current.name != new.name:
        if current.routes:
            yield Step(Action.DRAIN, current.name, "what it has begun may end")
        yield Step(Action.STOP, current.name, "kept for a rollback")
    yield from outdated_data(new, seen)
    yield from _leftovers(new, current, seen)


def _leftovers(new: Deployment, current: Deployment | None, seen: StageObserved) -> Iterator[Step]:
    """Stop what runs and is not served, and remove what no rollback goes back to.

    A removal that was cut short may have left no container: its document goes last, and shows it.
    What the edge serves was in service, whatever the ledger says: it is kept, and stopped only
    when another one is served in its place.
    """
    here = {new.name, *([current.name] if current else [])}
    good = [d.name for d in seen.state.good if d.name not in here]
    room = KEPT - (1 if current and current.name != new.name else 0)
    kept = good[:room]
    for name in sorted({*seen.deployments(), *seen.stored}):
        is_served = name == seen.served
        if name in here or (is_served and not new.routes):
            continue
        if name not in kept and not is_served:
            yield Step(Action.REMOVE, name, _why_removed(name, good))
        elif any(c.state in ("running", "restarting", "paused") for c in seen.of(name)):
            unknown = "it was served, and the ledger does not know it"
            cause = unknown if is_served else "it runs and is not served"
            yield Step(Action.STOP, name, cause)


def _why_removed(name: str, good: list[str]) -> str:
    return f"{KEPT} later ones are kept" if name in good else "it was never in service"


# --- in place


def _repair(new: Deployment, seen: StageObserved) -> Iterator[Step]:
    ill = [
        s
        for s in _of_role(new, Role.APP)
        if not _is_up(new, s, seen) or len(seen.of(new.name, s.name)) > s.replicas
    ]
    yield from data_steps(new, new, seen)
    if any(len(seen.of(new.name, s.name)) < s.replicas for s in ill):
        yield from image_steps(new, seen)
        yield Step(Action.CREATE, new.name, "containers of it are gone")
    yield from links_missing(new, seen)
    for service in ill:
        cause = "it is in service, and does not run"
        yield Step(Action.START, service.name, cause, target=new.name)
    if ill or _is_starting(new, seen):
        cause = "every service has to be healthy again"
        yield Step(Action.PROVE, new.name, cause, forced=bool(new.handover))
    if new.routes and seen.served != new.name:
        yield Step(Action.OFFER, new.name, _ways(new))
        yield Step(Action.SWITCH, new.name, "the edge does not serve it")
        yield Step(Action.CONFIRM, new.name, "through the edge")
    elif started := [*edge_started(new, seen)]:
        yield from (*started, Step(Action.CONFIRM, new.name, "through the edge"))


def _is_starting(new: Deployment, seen: StageObserved) -> bool:
    """Whether something runs, after a reboot say, and its healthcheck has not judged it yet."""
    return any(
        container.state == "running" and container.health == "starting"
        for service in _of_role(new, Role.APP)
        for container in seen.of(new.name, service.name)
    )


def _of_role(new: Deployment, role: Role) -> list[Service]:
    return [s for s in new.apps.services if s.role is role]

"""`snapshot restore`: volumes as a snapshot has them, and the services that use them, no others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.plan_up import plan_up
from envctl.domain.quantities import size
from envctl.domain.restore import Due, following, restore_steps, with_due
from envctl.errors import UsageError
from envctl.workflows.observe import observe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.observed import Observed
    from envctl.domain.plan import Plan
    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.domain.snapshot import Snapshot
    from envctl.ports import Reporter
    from envctl.workflows.carry_out import Executor
    from envctl.workflows.observe import Senses
    from envctl.workflows.settle import Settled


@dataclass(frozen=True)
class RestoreRequest:
    """What the user asked for; no services means all that the snapshot holds."""

    name: str
    services: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True)
class Restoring:
    """A plan with all that it was made from; `project` has no services but those concerned."""

    project: Project
    observed: Observed
    plan: Plan


def prepare_restore(
    senses: Senses, project: Project, request: RestoreRequest, reporter: Reporter
) -> Restoring:
    """Look and decide; this is the whole of a dry run."""
    snapshot = senses.source().kept().find(request.name)
    due = due_of(project, snapshot, request, reporter)
    keys = [one.key for one in due]
    services = _concerned(senses, project, keys)
    observed = observe(senses, project, services)
    observed = replace(observed, due=with_due(observed.due, due))
    narrow = replace(project, services=services)
    users = [s for s in project.services if set(s.volumes) & set(keys)]
    steps = restore_steps(project, users, due)
    senses.source().check(project, steps)
    return Restoring(narrow, observed, plan_up(narrow, _alone(observed), restores=steps))


def restore(restoring: Restoring, executor: Executor, project: Project) -> Settled:
    """Carry the plan out and wait until the services that use the volumes are ready."""
    plan = restoring.plan
    executor.bring_images(project, plan)
    executor.restorer().carry_out(project, plan, restoring.observed.due)
    rest = replace(plan, images=(), waves=plan.waves[1:])
    alone = _alone(restoring.observed)
    return executor.carry_out(restoring.project, restoring.project.services, rest, alone)


def _alone(observed: Observed) -> Observed:
    """Leave to the next `up` what else is due."""
    return replace(observed, due=(), owed="")


def due_of(
    project: Project, snapshot: Snapshot, request: RestoreRequest, reporter: Reporter
) -> tuple[Due, ...]:
    """Return what is due of `snapshot`; UsageError when it holds nothing of what is wanted."""
    keys = _keys(project, snapshot, request.services, reporter)
    return tuple(_due(snapshot, key, request) for key in keys)


def _keys(
    project: Project, snapshot: Snapshot, services: Sequence[str], reporter: Reporter
) -> tuple[str, ...]:
    wanted = {key for name in services for key in project.service(name).volumes}
    if services and not wanted:
        raise UsageError(f"{', '.join(services)}: no named volume is used there")
    known = {volume.key for volume in project.volumes}
    held = snapshot.holds(wanted) if services else snapshot.volumes
    for volume in held:
        if volume.key not in known:
            reporter.note(f"{volume.key} is left out: the project has no such volume")
    keys = tuple(volume.key for volume in held if volume.key in known)
    if not keys:
        raise UsageError(f"snapshot {snapshot.name} holds no volume of this project")
    return keys


def _due(snapshot: Snapshot, key: str, request: RestoreRequest) -> Due:
    (volume,) = snapshot.holds([key])
    cause = f"from snapshot {snapshot.name}, {size(volume.size)}"
    return Due(key, snapshot.name, cause, request.force)


def _concerned(senses: Senses, project: Project, keys: Sequence[str]) -> tuple[Service, ...]:
    """Return the services with containers that use the volumes, and those that follow them."""
    there = {c.service for c in senses.engine.containers(project.name) if not c.oneoff}
    users = {s.name for s in project.services if set(s.volumes) & set(keys)} & there
    names = following(project, users) & there
    return tuple(s for s in project.services if s.name in names)

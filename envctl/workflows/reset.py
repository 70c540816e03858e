"""`reset`: whatever was there of a playground goes, and all is new and healthy again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.plan import Plan
from envctl.domain.plan_down import plan_demolition
from envctl.domain.seed import seeded
from envctl.workflows.demolish import demolish, observe_remains
from envctl.workflows.observe import observe
from envctl.workflows.seed import seed_due
from envctl.workflows.snapshot_restore import due_of
from envctl.workflows.up import UpRequest, plan_on, up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.observed import Observed
    from envctl.domain.project import Project
    from envctl.domain.seed import Seed
    from envctl.ports import Reporter
    from envctl.workflows.carry_out import Executor
    from envctl.workflows.observe import Senses
    from envctl.workflows.snapshot_restore import RestoreRequest
    from envctl.workflows.up import Prepared, Running


@dataclass(frozen=True)
class Reset:
    """What goes, and what comes in its place."""

    remains: Observed
    removal: Plan
    fresh: Prepared

    @property
    def plan(self) -> Plan:
        """All steps, in the order of their execution."""
        return Plan(self.fresh.plan.images, self.removal.waves + self.fresh.plan.waves)


def prepare_reset(
    senses: Senses,
    project: Project,
    to: RestoreRequest | None,
    seed: Seed,
    reporter: Reporter,
    services: Sequence[str] = (),
) -> Reset:
    """Look and decide; this is the whole of a dry run.

    `to` names the snapshot to begin with; without one it is the seed. `services` are started
    anew, with what they need; all for none.
    """
    remains = observe_remains(senses.engine, project.name)
    now = observe(senses, project, project.closure(services))
    nothing_left = replace(now, containers=(), known={}, due=(), owed="")
    if to:
        due = due_of(project, senses.source().kept().find(to.name), to, reporter)
        nothing_left = replace(nothing_left, due=due)
    elif seed:
        nothing_left = seeded(
            project, nothing_left, seed, seed_due(senses, project, seed, reporter)
        )
    fresh = plan_on(nothing_left, project, UpRequest(tuple(services)))
    return Reset(remains, plan_demolition(remains, "reset"), fresh)


def reset(wanted: Reset, executor: Executor) -> tuple[Running, ...]:
    """Bring the images while the old still runs, then remove it and start anew.

    What is to be restored is checked and written down before anything is removed.
    """
    project, plan = wanted.fresh.project, wanted.fresh.plan
    executor.bring_images(project, plan)
    executor.restorer().promise(project, plan, wanted.fresh.observed.due)
    executor.mark.owe(wanted.fresh.observed.owed)
    demolish(wanted.removal, wanted.remains, executor.remover, executor.reporter)
    executor.memory.remember({})
    rest = replace(wanted.fresh, plan=replace(plan, images=()))
    return up(rest, executor.settler, lambda: executor)

"""Find out what a fresh playground begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.seed import is_fresh, seeded
from envctl.workflows.snapshot_restore import RestoreRequest, due_of

if TYPE_CHECKING:
    from envctl.domain.observed import Observed
    from envctl.domain.project import Project
    from envctl.domain.restore import Due
    from envctl.domain.seed import Seed
    from envctl.ports import Reporter
    from envctl.workflows.observe import Senses


def with_seed(
    senses: Senses, project: Project, observed: Observed, seed: Seed, reporter: Reporter
) -> Observed:
    """Return `observed` with what is owed to the playground where it is fresh."""
    if not seed or observed.containers:
        return observed
    existing = senses.source().volumes.existing(v.name for v in project.volumes)
    if not is_fresh(project, observed, existing):
        return observed
    return seeded(project, observed, seed, seed_due(senses, project, seed, reporter))


def seed_due(senses: Senses, project: Project, seed: Seed, reporter: Reporter) -> tuple[Due, ...]:
    """Return the volumes that the seed's snapshot fills; none, with a note, where it is not here.

    Whoever has just cloned the project has no snapshot of it, and is to have a playground.
    """
    kept = senses.source().kept()
    if not seed.snapshot:
        return ()
    if seed.snapshot not in {snapshot.name for snapshot in kept.all()}:
        reporter.note(
            f"the seed, snapshot {seed.snapshot}, is not on this machine: its volumes begin empty"
        )
        return ()
    return due_of(project, kept.find(seed.snapshot), RestoreRequest(seed.snapshot), reporter)

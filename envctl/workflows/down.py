"""`down`: remove a playground, and with it its data only when asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan_down import plan_demolition, plan_down
from envctl.workflows.demolish import demolish, observe_remains

if TYPE_CHECKING:
    from envctl.domain.observed import Observed
    from envctl.domain.plan import Plan
    from envctl.ports import EngineReader, Remover, Reporter, Stack, WritableMemory


@dataclass(frozen=True)
class Removal:
    """A plan with what it was made from."""

    observed: Observed
    plan: Plan
    volumes: bool


def prepare_down(engine: EngineReader, name: str, *, volumes: bool) -> Removal:
    """Look and decide; this is the whole of a dry run."""
    observed = observe_remains(engine, name)
    plan = plan_demolition(observed, "--volumes") if volumes else plan_down(observed)
    return Removal(observed, plan, volumes)


def down(
    removal: Removal, stack: Stack, remover: Remover, memory: WritableMemory, reporter: Reporter
) -> None:
    """Carry the plan out: Compose stops what has data to keep, in its order."""
    if not removal.plan:
        return
    if removal.volumes:
        demolish(removal.plan, removal.observed, remover, reporter)
    else:
        reporter.started(removal.plan.steps)
        stack.remove()
        reporter.finished(removal.plan.steps)
    memory.remember({})

"""`down`: remove a playground, and with it its data only when asked."""

from __future__ import annotations

from envctl.domain.observed import Observed
from envctl.domain.plan import Plan
from envctl.domain.plan_down import plan_down
from envctl.ports import EngineReader, Reporter, Stack, WritableMemory


def prepare_down(engine: EngineReader, name: str, *, volumes: bool) -> Plan:
    """Look and decide; this is the whole of a dry run."""
    observed = Observed(
        containers=engine.containers(name),
        networks=engine.networks(name),
        volumes=engine.volumes(name),
    )
    return plan_down(observed, volumes=volumes)


def down(
    plan: Plan, stack: Stack, memory: WritableMemory, reporter: Reporter, *, volumes: bool
) -> None:
    """Carry the plan out."""
    if not plan:
        return
    reporter.started(plan.steps)
    stack.remove(volumes=volumes)
    memory.remember({})
    reporter.finished(plan.steps)

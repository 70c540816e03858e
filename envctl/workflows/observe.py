"""Take the snapshot that a decision is made on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.ports import EngineReader, InputReader, Memory
    from envctl.ports.snapshots import DueRestores, SeedMark
    from envctl.workflows.restore import Source


@dataclass(frozen=True)
class Senses:
    """All that is needed to look, and nothing that could touch."""

    engine: EngineReader
    inputs: InputReader
    memory: Memory
    due: DueRestores
    source: Callable[[], Source]
    mark: SeedMark


def observe(senses: Senses, project: Project, services: Iterable[Service]) -> Observed:
    """Return what is on the engine of `project`, and the inputs of `services` as they are now."""
    wanted = [s for s in services if s.replicas > 0]
    inputs = senses.inputs.kept_names(project, [s.name for s in project.builders(wanted)])
    names = [s.image for s in wanted] + list(inputs.values())
    return Observed(
        containers=senses.engine.containers(project.name),
        images=senses.engine.image_ids(names),
        inputs=inputs,
        known=senses.memory.recall(),
        due=senses.due.due(),
        owed=senses.mark.owed(),
    )

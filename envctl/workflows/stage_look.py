"""Look at a stage: once, before each decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.stage_observed import StageObserved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.edge import EdgeStage
    from envctl.domain.stage_record import StageState
    from envctl.ports.edge import EdgeReader
    from envctl.ports.ledger import LedgerReader
    from envctl.ports.stage import Drawings, StageReader


@dataclass(frozen=True)
class StageLook:
    """Reads one stage; `key` is what the edge calls it."""

    stage: str
    key: str
    engine: StageReader
    edge: EdgeReader
    drawings: Drawings
    ledger: LedgerReader

    def state(self) -> StageState:
        """Return where the ledger says that the stage is."""
        return self.ledger.state(self.stage)

    def served(self) -> EdgeStage | None:
        """Return the stage as the edge has it."""
        return next((s for s in self.edge.stages() if s.stage == self.key), None)

    def observe(self, state: StageState, deployments: Sequence[Deployment]) -> StageObserved:
        """Return what there is, as far as a change between `deployments` needs it."""
        images = [image for d in deployments for image in d.images]
        here = self.engine.image_ids(image.name for image in images)
        lacking = [
            i for image in images if here.get(image.name) not in image.ids for i in image.ids
        ]
        edge = self.served()
        return StageObserved(
            state=state,
            containers=self.engine.containers(),
            served=edge.active if edge else "",
            offered=frozenset(b.deployment for b in edge.backings) if edge else frozenset(),
            edge_down=edge is not None and not self.edge.runs(),
            stored=self.drawings.names(),
            volumes=self.engine.volumes(v.name for d in deployments for v in d.volumes),
            images=here,
            known=frozenset(self.engine.image_ids(lacking)),
        )

"""What is true of a fake target at a moment, in values that can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from envctl.domain.deployment import DEPLOYMENT, STAGE
from envctl.domain.edge import EdgeStage
from envctl.domain.stage import Stage
from tests.target.desk import Desk
from tests.target.world import Box, World


def truth(world: World, stage: Stage) -> dict[str, Any]:
    """Return all there is of a stage but its history: times, numbers and who did it."""
    key = f"shop-{stage.name}"
    world.live()
    state = Desk(world).state(stage)
    boxes = [b for b in world.boxes.values() if b.labels.get(STAGE) == stage.name]
    return {
        "containers": sorted(_shown(box) for box in boxes),
        "networks": sorted(n for n in world.networks if n.startswith(key)),
        "volumes": {n: i for n, i in world.volumes.items() if n.startswith(key)},
        "images": dict(sorted(world.images.items())),
        "edge runs": world.edge_runs,
        "edge": [_known(s) for s in world.edge.stages() if s.stage == key],
        "store": sorted(p for p in world.stores.get(key, {}) if not p.startswith("ledger/")),
        "running": state.running,
        "good": state.good,
        "promoted": state.promoted,
        "hold": bool(state.hold),
        "opened": state.opened,
    }


def _known(stage: EdgeStage) -> EdgeStage:
    """Return what the edge has of a stage; what leads nowhere, and is not active, is nothing."""
    backings = (b for b in stage.backings if b.servers or b.deployment == stage.active)
    return replace(stage, backings=tuple(backings))


def _shown(box: Box) -> tuple[str, ...]:
    networks = " ".join(sorted(box.networks))
    how = (box.state, f"{box.code}", box.policy)
    return (box.project, box.service, *how, box.definition, box.image, networks)


def strangers(world: World, stage: Stage) -> dict[str, Any]:
    """Return all that a command on the stage has no business with."""
    key = f"shop-{stage.name}"
    world.live()
    boxes = world.boxes.values()
    return {
        "containers": {b.id: b for b in boxes if b.labels.get(STAGE) != stage.name},
        "networks": sorted(n for n in world.networks if not n.startswith(key)),
        "volumes": {n: i for n, i in world.volumes.items() if not n.startswith(key)},
        "edge": [s for s in world.edge.stages() if s.stage != key],
        "store": {k: dict(files) for k, files in world.stores.items() if k != key},
    }


def served(world: World, stage: Stage) -> EdgeStage | None:
    """Return the stage as the edge has it."""
    return next((s for s in world.edge.stages() if s.stage == f"shop-{stage.name}"), None)


def is_available(world: World, stage: Stage) -> bool:
    """Whether every way in leads to a healthy container."""
    here = served(world, stage)
    if here is None or not here.active or not world.edge_runs:
        return False
    return serves(world, here.active, {route.service for route in here.routes})


def serves(world: World, deployment: str, services: set[str]) -> bool:
    """Whether these services of a deployment are healthy."""
    world.live()
    up = {
        box.service
        for box in world.boxes.values()
        if box.labels.get(DEPLOYMENT) == deployment and box.health(world.now) == "healthy"
    }
    return services <= up

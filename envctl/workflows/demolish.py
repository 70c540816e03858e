"""Carry out the removal of a playground; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.observed import Observed
from envctl.domain.plan import Action

if TYPE_CHECKING:
    from envctl.domain.plan import Plan
    from envctl.ports import EngineReader, Remover, Reporter


def observe_remains(engine: EngineReader, name: str) -> Observed:
    """Return all that is there of a playground, and who else uses it."""
    networks, volumes = engine.networks(name), engine.volumes(name)
    return Observed(
        containers=engine.containers(name),
        networks=networks,
        volumes=volumes,
        lasting=engine.lasting_volumes(name) if volumes else (),
        guests=engine.guests(name, networks, volumes),
    )


def demolish(plan: Plan, observed: Observed, remover: Remover, reporter: Reporter) -> None:
    """Do what `plan` says; the same command completes what was cut short."""
    for wave in plan.waves:
        reporter.started(wave.steps)
        for step in wave.of(Action.DISCONNECT):
            remover.disconnect(step.target, step.subject)
        killed = {step.subject: step.forced for step in wave.of(Action.REMOVE)}
        gone = [c for c in observed.containers if c.service in killed]
        gently = {c.id for c in gone if not killed[c.service]}
        remover.remove_containers([c.id for c in gone], stop_first=gently)
        remover.remove_networks([step.subject for step in wave.of(Action.REMOVE_NETWORK)])
        remover.remove_volumes([step.subject for step in wave.of(Action.REMOVE_VOLUME)])
        reporter.finished(wave.steps)

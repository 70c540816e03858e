"""Decide what `down` has to do; calls nothing."""

from __future__ import annotations

from envctl.domain.observed import Observed
from envctl.domain.plan import Action, Plan, Step, Wave


def plan_down(observed: Observed, *, volumes: bool = False) -> Plan:
    """Return the steps after which nothing of the playground is left but its data.

    With `volumes` the data goes too.
    """
    names = sorted({c.service for c in observed.containers})
    steps = [Step(Action.REMOVE, name, _containers(observed, name)) for name in names]
    steps += [
        Step(Action.REMOVE_NETWORK, n, "it belongs to this playground") for n in observed.networks
    ]
    if volumes:
        steps += [Step(Action.REMOVE_VOLUME, v, "--volumes") for v in observed.volumes]
    return Plan(waves=(Wave(tuple(steps)),) if steps else ())


def _containers(observed: Observed, service: str) -> str:
    states = sorted(c.state for c in observed.containers if c.service == service)
    count = f"{len(states)} container{'s' if len(states) > 1 else ''}"
    return f"{count}, {', '.join(dict.fromkeys(states))}"

"""Deploys and rollbacks that end at any effect, in any way: one more run mends it.

Each scenario is run undisturbed first; then again for each of its effects, with the fault at it.
Afterwards the same command is given once more, undisturbed.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest

from envctl.domain.chain import first_broken
from envctl.errors import EnvctlError
from tests.target.desk import Desk
from tests.target.effects import REGISTRY, Effects, Fault, Killed
from tests.target.scenarios import LIVE, SCENARIOS, Scenario, rollback, rollback_to_one
from tests.target.truth import truth
from tests.target.watch import Watch
from tests.target.world import World

EVERY = bool(os.environ.get("ENVCTL_LONG_TESTS"))
"""Whether every fault is tried at every effect; else kills are, and every other one at some."""
SOME = 12
"""The other faults are tried at one effect of so many, each at another one."""


def run(scenario: Scenario, world: World, effects: Effects) -> tuple[str, list[str]]:
    """Give the command; returns how it ended, and what was wrong meanwhile."""
    watch = Watch(world, LIVE)
    effects.seen = watch
    try:
        error = scenario.run(Desk(world, effects))
    except (Killed, KeyboardInterrupt) as ended:
        return type(ended).__name__, watch.over()
    return type(error).__name__ if error else "", watch.over()


@cache
def undisturbed(scenario: Scenario) -> tuple[list[str], str, dict[str, Any]]:
    """Return the effects of a scenario, how it ends, and what is true then."""
    world, effects = scenario.world(), Effects()
    ended, wrong = run(scenario, world, effects)
    assert wrong == []
    return effects.names, ended, truth(world, LIVE)


def cases() -> list[tuple[Scenario, Fault]]:
    faults = [fault for fault in Fault if fault is not Fault.KILLED_BEFORE]  # as after the last
    return [(scenario, fault) for scenario in SCENARIOS for fault in faults]


def indices(names: list[str], number: int, fault: Fault) -> list[int]:
    """Return the effects at which a fault is tried."""
    known = range(len(names))
    if fault is Fault.REGISTRY_GONE:
        known = [i for i in known if names[i].startswith((REGISTRY, "pull"))]  # type: ignore[assignment]
    if EVERY or fault is Fault.KILLED_AFTER:
        return [*known]
    return [i for i in known if i % SOME == (number + list(Fault).index(fault)) % SOME]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_undisturbed(scenario: Scenario) -> None:
    _, ended, now = undisturbed(scenario)
    assert bool(ended) is scenario.fails
    assert now["opened"] is None
    before = truth(scenario.world(), LIVE)
    if scenario.fails:
        same = ("running", "good", "promoted", "hold", "edge", "containers", "networks", "store")
        kept = {name: now[name] for name in same if name not in allowed(scenario)}
        assert kept == {name: before[name] for name in kept}


def allowed(scenario: Scenario) -> tuple[str, ...]:
    """Return what an undone change may leave."""
    return ("store", "edge", "networks")


@pytest.mark.parametrize(("scenario", "fault"), cases(), ids=lambda x: getattr(x, "name", str(x)))
def test_one_more_run_brings_about_what_would_have_been(scenario: Scenario, fault: Fault) -> None:
    names, ended, wanted = undisturbed(scenario)
    for at in indices(names, SCENARIOS.index(scenario), fault):
        where = f"{fault.value} {at}: {names[at]}"
        world = scenario.world()
        _, wrong = run(scenario, world, Effects(fault, at))
        assert (where, wrong) == (where, [])
        if not is_over(scenario, world, wanted):
            again, wrong = run(scenario, world, Effects())
            assert (where, again, wrong) == (where, ended, [])
        assert (where, truth(world, LIVE)) == (where, wanted)
        assert (where, left_to_do(scenario, world)) == (where, [])
        assert (where, broken_links(world)) == (where, "")


def is_over(scenario: Scenario, world: World, wanted: dict[str, Any]) -> bool:
    """Whether a rollback has come to its end: another one would go back from there."""
    state = Desk(world).state(LIVE)
    done = state.opened is None and state.running == wanted["running"]
    return scenario.command in (rollback, rollback_to_one) and done


def left_to_do(scenario: Scenario, world: World) -> list[str]:
    """Return what one more deploy of what is in service would do."""
    if scenario.fails:
        return []
    try:
        here = Desk(world).open(LIVE)
        return [str(step) for step in here.prepare_deploy(here.look.state()).steps]
    except EnvctlError as error:
        return [error.message]


def broken_links(world: World) -> str:
    """Return what is wrong with the ledger's chain."""
    ledger = Desk(world).open(LIVE).ledger
    return first_broken([*reversed(ledger.history(LIVE.name))])

"""Killed, interrupted or without an engine at an effect: the same command completes the work.

Each scenario is run once undisturbed, to count its effects and to see what it leads to; then again
with a fault at one effect after the other. `ENVCTL_FAULTS=all` tries every one (`make faults`),
else a few spread over the whole.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import Answer, Playground, engine, page
from tests.e2e.fault_engine import FaultEngine, fault_engine

pytestmark = pytest.mark.engine

SAMPLES = 3
LONGEST = 120.0
FAULTS: dict[str, tuple[int, ...]] = {"kill": (-9,), "interrupt": (130, 0), "gone": (4, 1, 0)}
"""What is done, and how the command may end: it may be done all but for the last answer."""


@dataclass(frozen=True)
class Scenario:
    """What was there before, the command, and what has to hold once it is completed."""

    prepare: Callable[[Playground], None]
    words: tuple[str, ...]
    holds: Callable[[Playground], None]


def nothing(tiny: Playground) -> None:
    tiny.envctl("down", "--volumes")


def running(tiny: Playground) -> None:
    tiny.write("web/page", "one")
    tiny.up()
    tiny.container("db").exec_run(["touch", "/data/old"])


def edited(tiny: Playground) -> None:
    running(tiny)
    tiny.write("web/page", "two")


def is_up(tiny: Playground) -> None:
    """All is as an undisturbed run leaves it: names, health, addresses, nothing besides."""
    state = {str(c.name): c.attrs["State"] for c in tiny.containers()}
    assert set(state) == {f"{tiny.name}-{s}-1" for s in ("db", "job", "web")}
    assert state[f"{tiny.name}-job-1"]["ExitCode"] == 0
    for service in ("db", "web"):
        assert state[f"{tiny.name}-{service}-1"]["Health"]["Status"] == "healthy"
    assert page(tiny) == (tiny.folder / "web/page").read_text()
    again = tiny.envctl("up")
    assert (again.code, "note: nothing to do" in again.stderr) == (0, True), again.stderr


def is_new(tiny: Playground) -> None:
    is_up(tiny)
    assert tiny.container("db").exec_run(["test", "-e", "/data/old"]).exit_code == 1


def is_gone(tiny: Playground) -> None:
    filters = {"label": f"com.docker.compose.project={tiny.name}"}
    assert tiny.containers() == []
    assert engine().networks.list(filters=filters) == []
    assert engine().volumes.list(filters=filters) == []


SCENARIOS = {
    "up from nothing": Scenario(nothing, ("up",), is_up),
    "up after an edit": Scenario(edited, ("up",), is_up),
    "reset": Scenario(running, ("reset",), is_new),
    "down": Scenario(running, ("down",), lambda tiny: None),
    "down with volumes": Scenario(running, ("down", "--volumes"), is_gone),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_command_completes_what_was_cut_short(
    tiny: Playground, tmp_path: Path, name: str, fault: str
) -> None:
    scenario = SCENARIOS[name]
    with fault_engine(tmp_path / "engine.sock") as engine:
        tiny.environment["DOCKER_HOST"] = f"unix://{engine.path}"
        scenario.prepare(tiny)
        assert run(tiny, scenario, engine).code == 0
        effects = list(engine.effects)
        scenario.holds(tiny)
        for at in chosen(len(effects)):
            scenario.prepare(tiny)
            answer = run(tiny, scenario, engine, at, fault)
            met = engine.effects[at - 1] if len(engine.effects) >= at else "not met"
            what = f"{fault} at effect {at} of {len(effects)} ({met})"
            engine.arm(0, lambda: None)
            assert answer.code in FAULTS[fault] or met == "not met", f"{what}: {answer}"
            assert "Traceback" not in answer.stderr, f"{what}: {answer.stderr}"
            completed = tiny.envctl(*scenario.words)
            assert completed.code == 0, f"{what}: {completed.stderr}"
            with context(what):
                scenario.holds(tiny)


@contextmanager
def context(what: str) -> Iterator[None]:
    """Name what was done in the failure of a check."""
    try:
        yield
    except AssertionError as error:
        error.add_note(what)
        raise


def chosen(effects: int, samples: int = SAMPLES) -> list[int]:
    """Return the effects to try: all, or a few from first to last."""
    every = list(range(1, effects + 1))
    if os.environ.get("ENVCTL_FAULTS") == "all" or effects <= samples:
        return every
    step = (effects - 1) / (samples - 1)
    return sorted({every[round(n * step)] for n in range(samples)})


def run(
    tiny: Playground, scenario: Scenario, engine: FaultEngine, at: int = 0, fault: str = ""
) -> Answer:
    """Run the command, with a fault or without."""
    started: list[subprocess.Popen[str]] = []
    acts: dict[str, Callable[[], None]] = {
        "kill": lambda: started[0].send_signal(signal.SIGKILL),
        "interrupt": lambda: started[0].send_signal(signal.SIGINT),
        "gone": engine.cut,
        "": lambda: None,
    }
    engine.arm(at, acts[fault])
    process = tiny.start(*scenario.words)
    started.append(process)
    try:
        stdout, stderr = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"still running after {LONGEST} s: {stderr}") from None
    return Answer(process.returncode, stdout, stderr)

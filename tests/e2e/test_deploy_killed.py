"""Killed at an effect of a deploy or rollback: one release or the other answers, the next command
recovers.

What is killed is envctl, with SIGKILL, at what it has the engine do and at what it writes to the
registry: every step of a plan is made of these. Each scenario is run once undisturbed, to count
them. `ENVCTL_FAULTS=all` tries every one (`make faults`), else a few, others each day.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import free_port, new_playground, remove_images
from tests.e2e.fault_engine import FaultEngine, fault_engine
from tests.e2e.killing import (
    NEXT,
    RELEASES,
    STAGE,
    WRITES,
    Killing,
    after,
    chosen,
    context,
    judge,
    tried,
)
from tests.e2e.staging import Staged, clean_stages
from tests.e2e.traffic import Visitors
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine

SAMPLES = 2
NOBODY = {"ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected", "status 503"}
"""What visitors are told while nothing serves: before the first release, or when it is undone."""
BACK = ("rollback", STAGE, "--yes", "--wait", "60")


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultEngine]:
    """The way to the engine on which commands are killed."""
    with fault_engine(tmp_path_factory.mktemp("way") / "engine.sock") as engine:
        yield engine


@pytest.fixture(scope="module")
def killing(tmp_path_factory: pytest.TempPathFactory, faults: FaultEngine) -> Iterator[Killing]:
    """A stage on this engine with two releases; nothing is left."""
    with (
        FakeRegistry() as registry,
        new_playground(tmp_path_factory.mktemp("killed")) as playground,
    ):
        staged = Staged(playground, {STAGE: free_port()}, min_healthy="1s")
        staged.write(registry.address)
        killing = Killing(staged, registry)
        try:
            killing.prepare()
            playground.environment["DOCKER_HOST"] = f"unix://{faults.path}"
            yield killing
        finally:
            registry.before = None
            wipe(killing)


def wipe(killing: Killing) -> None:
    """Leave nothing of the stage, and no image of its releases."""
    clean_stages(lambda name: name == killing.staged.name)
    remove_images(f"{killing.registry.address}/")


def kill(
    killing: Killing, faults: FaultEngine, words: tuple[str, ...], at: int
) -> tuple[str, Visitors]:
    """Kill a command at an effect; returns that, empty where it was done before, and the visits.

    At 0 it is not disturbed. What the engine or the registry has begun goes on.
    """
    started: list[subprocess.Popen[str]] = []

    def fault() -> None:
        started[0].kill()
        started[0].wait()

    def before(_: int, request: str) -> None:
        if request.startswith(WRITES) and faults.count(request):
            fault()

    faults.arm(at, fault)

    killing.registry.before = before
    with killing.visitors() as seen:
        answer = killing.run(*words, meet=started.append)
    killing.registry.before = None
    met = faults.effects[at - 1] if 0 < at <= len(faults.effects) else ""
    faults.at = 0
    assert answer.code == 0 or (met and answer.code == -9), answer
    return met, seen


def changes_nothing(killing: Killing, faults: FaultEngine) -> None:
    """Check that one more deploy does nothing at all."""
    faults.arm(0, lambda: None)
    killing.runs_already()
    assert faults.effects == []


def anew(killing: Killing) -> None:
    """Have nothing on the stage, and the first release promoted."""
    wipe(killing)
    killing.restore_registry()


def test_the_first_deploy(killing: Killing, faults: FaultEngine) -> None:
    new = killing.answer(RELEASES[0])

    def trial(at: int) -> str:
        anew(killing)
        met, seen = kill(killing, faults, NEXT, at)
        with context(f"killed at effect {at}, {met}"):
            assert set(seen.answers) <= {new}, seen
            assert set(seen.failures) <= NOBODY, seen
            said, then = killing.next_command()
            assert set(then.answers) == {new}, then
            assert set(then.failures) <= NOBODY, then
            if said == "finished":
                assert then.order.index(new) == len(then.order) - 1, then
            killing.is_well(RELEASES[0])
            changes_nothing(killing, faults)
        return met

    anew(killing)
    kill(killing, faults, NEXT, 0)
    tried(chosen(len(faults.effects), 1, 0), trial, lambda: anew(killing))


def test_the_second_deploy(killing: Killing, faults: FaultEngine) -> None:
    def begin() -> tuple[str, str, str]:
        """Have the other release come, with other settings; returns what is to be seen."""
        if killing.state().running is None:
            killing.bring(RELEASES[0])
        return killing.come()

    def trial(at: int) -> str:
        version, old, new = begin()
        met, seen = kill(killing, faults, NEXT, at)
        with context(f"killed at effect {at}, {met}"):
            judge(seen, [old], [old, new])
            said, then = killing.next_command()
            judge(then, *after(said, old, new, seen))
            killing.is_well(version)
            changes_nothing(killing, faults)
        return met

    _, old, new = begin()
    _, seen = kill(killing, faults, NEXT, 0)
    judge(seen, [old, new])
    tried(chosen(len(faults.effects), SAMPLES, 1), trial, lambda: anew(killing))


def test_a_rollback(killing: Killing, faults: FaultEngine) -> None:
    def begin() -> tuple[str, str]:
        """Have one release run, and the other one before, with the same settings."""
        if killing.state().running is None:
            killing.bring(RELEASES[0])
        if killing.state().hold or not killing.has_way_back():
            (version,) = {*RELEASES} - {killing.version()}
            killing.bring(version)
        bad = killing.version()
        (good,) = {*RELEASES} - {bad}
        return good, bad

    def trial(at: int) -> str:
        good, bad = begin()
        old, new = killing.answer(bad), killing.answer(good)
        met, seen = kill(killing, faults, BACK, at)
        with context(f"killed at effect {at}, {met}"):
            judge(seen, [old], [old, new])
            state = killing.state()
            is_over = state.opened is None and bool(state.hold)
            words = BACK if at % 2 and not is_over else NEXT
            said, then = killing.next_command(words)
            came_back = words == BACK or said == "finished" or is_over
            assert not then.failures, then
            assert then.order[-1] == (new if came_back else old), then
            killing.is_well(good if came_back else bad)
            changes_nothing(killing, faults)
        return met

    good, bad = begin()
    _, seen = kill(killing, faults, BACK, 0)
    judge(seen, [killing.answer(bad), killing.answer(good)])
    tried(chosen(len(faults.effects), SAMPLES, 2), trial, lambda: anew(killing))

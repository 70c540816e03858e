"""Any commands in any order, with anything that may happen to a target in between.

Two stages of a project on one target, in memory; releases that are good and bad, faults at any
effect, changes by hand, reboots, a registry that is away, clocks that are wrong, a second person.
What is asserted are the invariants of a stage, their numbers beside them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from envctl.domain.chain import first_broken
from envctl.domain.plan_deploy import KEPT
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Record, StageState
from envctl.errors import EnvctlError, Refused, Unreachable, UnsoundLedger
from envctl.workflows.ledger_repair import LedgerMender
from tests.target.desk import Desk
from tests.target.effects import REGISTRY, Effects, Fault, Killed
from tests.target.releases import FakeRelease, Nature
from tests.target.scenarios import WORKER
from tests.target.truth import is_available, served, serves, truth
from tests.target.watch import Watch
from tests.target.world import Box, World


class Called(Stage):
    """A stage that is short in a report."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.name)


FIRST = Called("test", min_healthy=5.0, drain=1.0)
LAST = Called("production", min_healthy=5.0, drain=10.0, after="test")
STAGES = (FIRST, LAST)
LONG = bool(os.environ.get("ENVCTL_LONG_TESTS"))
AT = st.integers(0, 45)
FAULTS = st.one_of(st.none(), st.tuples(st.sampled_from(Fault), AT))
WHICH = st.sampled_from(STAGES)
NATURES = st.sampled_from([Nature.GOOD, Nature.GOOD, Nature.GOOD, *Nature])
RELEASES = st.builds(
    FakeRelease,
    number=st.just(0),
    nature=NATURES,
    definition=st.sampled_from(["one", "one", "two"]),
    handover=st.sampled_from([frozenset(), WORKER]),
    routes=st.sampled_from([(80,), (80,), (80, 81), ()]),
    has_cache=st.booleans(),
)
A_DAY = 86400


class Target(RuleBasedStateMachine):
    """The target; after each rule the invariants are looked at."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.releases: list[FakeRelease] = []
        self.allowed: set[tuple[str, str]] = set()
        self.chains: dict[str, list[Record]] = {stage.name: [] for stage in STAGES}
        self.hurt: set[str] = set()
        """Stages of which something was taken away by hand: what was kept may be gone."""
        for number, stage in enumerate((FIRST, LAST, FIRST, LAST), 1):
            made = FakeRelease(number)
            self.releases.append(made)
            self.world.put(made)
            self._promote(stage, made, hotfix=True)
            Desk(self.world).deploy(stage)

    # --- commands

    @rule(release=RELEASES, stage=WHICH, fault=FAULTS)
    def release_and_deploy(
        self, release: FakeRelease, stage: Stage, fault: tuple[Fault, int] | None
    ) -> None:
        made = replace(release, number=len(self.releases) + 1)
        self.releases.append(made)
        self.world.put(made)
        self._promote(stage, made, hotfix=True)
        self.deploy(stage, fault)

    @precondition(lambda self: self.releases)
    @rule(data=st.data(), stage=WHICH, hotfix=st.booleans())
    def promote(self, data: Any, stage: Stage, hotfix: bool) -> None:
        self._promote(stage, data.draw(st.sampled_from(self.releases)), hotfix=hotfix)

    @rule(stage=WHICH, fault=FAULTS)
    def deploy(self, stage: Stage, fault: tuple[Fault, int] | None) -> None:
        self._command(stage, fault, lambda desk: desk.deploy(stage))

    @rule(stage=WHICH, fault=FAULTS)
    def rollback(self, stage: Stage, fault: tuple[Fault, int] | None) -> None:
        self._command(stage, fault, lambda desk: desk.rollback(stage))

    @rule(stage=WHICH, at=AT, forced=st.booleans())
    def deploy_while_another_comes(self, stage: Stage, at: int, forced: bool) -> None:
        """[8] The other is refused, or took the lock by force; then the first one stops."""

        def other() -> None:
            desk = Desk(self.world, who="bob")
            # a record on its way is not called back: a fork, which the tests of ledgers are about
            if forced and not effects.names[-1].startswith(REGISTRY):
                desk.open(stage).lock.force()
            self._quietly(lambda: desk.deploy(stage))

        effects = Effects(at=at, meanwhile=other)
        self._given(stage, effects, lambda desk: desk.deploy(stage), forced=forced)

    @rule(stage=WHICH, passed=st.booleans())
    def check(self, stage: Stage, passed: bool) -> None:
        self._quietly(lambda: Desk(self.world).check(stage, passed=passed))

    @precondition(lambda self: self.releases)
    @rule(data=st.data())
    def reject(self, data: Any) -> None:
        release = data.draw(st.sampled_from(self.releases))
        self._quietly(lambda: Desk(self.world).reject(FIRST, release))

    # --- what happens to the target

    @rule(stage=WHICH, value=st.sampled_from(["", "a", "b"]))
    def edit_settings(self, stage: Stage, value: str) -> None:
        self.world.settings[stage.name] = value

    @precondition(lambda self: self.world.boxes)
    @rule(data=st.data(), removed=st.booleans())
    def change_by_hand(self, data: Any, removed: bool) -> None:
        box: Box = data.draw(st.sampled_from(sorted(self.world.boxes.values(), key=lambda b: b.id)))
        self.hurt.add(next(s.name for s in STAGES if f"shop-{s.name}" in box.project))
        if removed:
            del self.world.boxes[box.id]
        elif box.state == "running":
            box.state, box.code = "exited", 137

    @rule()
    def stop_the_edge(self) -> None:
        self.world.edge_runs = False

    @rule()
    def reboot(self) -> None:
        """What ran runs again, as its restart policy says; jobs do not."""
        for box in self.world.boxes.values():
            if box.state == "running" and box.is_job:
                box.state, box.code = "exited", 137
            elif box.state == "running":
                box.started = self.world.now
        self.world.now += 60

    @rule(up=st.booleans())
    def registry(self, up: bool) -> None:
        self.world.registry_up = up

    @rule(stage=WHICH)
    def lose_the_pointer(self, stage: Stage) -> None:
        self.world.tags.pop(f"s.{stage.name}", None)

    @rule(data=st.data(), stage=WHICH, pointer=st.booleans())
    def lose_a_record(self, data: Any, stage: Stage, pointer: bool) -> None:
        """[12] Its tag is tidied away: no deploy, a rollback all the same, and a repair."""
        tags = [tag for tag in sorted(self.world.tags) if tag.startswith(f"p.{stage.name}.")]
        with self._with_registry():
            desk = Desk(self.world)
            desk.open(stage).ledger.join(stage.name)
            self.world.tags.pop(data.draw(st.sampled_from(tags)))
            if pointer:
                self.world.tags.pop(f"s.{stage.name}", None)
            with suppress(UnsoundLedger):
                desk.deploy(stage)
                raise AssertionError("a ledger was believed that is not sound")
            self._quietly(lambda: Desk(self.world).rollback(stage))
            mender = LedgerMender(Desk(self.world).open(stage).ledger)
            mender.mend(mender.plan(stage.name))

    @rule(seconds=st.sampled_from([1, 60, 3600]))
    def wait(self, seconds: int) -> None:
        self.world.now += seconds
        self.world.live()

    @rule(skew=st.sampled_from([-A_DAY, 0, A_DAY]))
    def set_the_clock(self, skew: int) -> None:
        self.world.skew = skew

    # --- how a command ends

    def _promote(self, stage: Stage, release: FakeRelease, *, hotfix: bool) -> None:
        done = self._quietly(lambda: Desk(self.world).promote(stage, release, hotfix=hotfix))
        if done:
            self.allowed.add((stage.name, release.digest))

    def _quietly(self, command: Callable[[], object]) -> bool:
        try:
            command()
        except EnvctlError:
            return False
        return True

    def _command(
        self, stage: Stage, fault: tuple[Fault, int] | None, command: Callable[[Desk], object]
    ) -> None:
        effects = Effects(*fault) if fault else Effects()
        ended = self._given(stage, effects, command)
        struck = fault is not None and len(effects.names) > fault[1]
        event(f"{fault[0].value if struck and fault else 'undisturbed'}: {ended or 'done'}")
        if not struck:
            self._is_settled(stage, ended)

    def _given(
        self,
        stage: Stage,
        effects: Effects,
        command: Callable[[Desk], object],
        *,
        forced: bool = False,
    ) -> str:
        """Give a command, watched; returns how it ended, empty for well."""
        watch = Watch(self.world, stage)
        effects.seen = watch
        ended = ""
        try:
            command(Desk(self.world, effects))
        except (Killed, KeyboardInterrupt, EnvctlError) as error:
            ended = type(error).__name__
        wrong = watch.over()
        if forced:  # of a step that was under way when the lock was taken, the rest still comes
            wrong = [what for what in wrong if not what.startswith("nothing healthy")]
        assert not wrong, wrong  # [1] [17] [18]
        if not ended:
            self._is_in_service(stage)
        return ended

    def _is_in_service(self, stage: Stage) -> None:
        """[19] [11] Who says that it is done has a release that serves, of the right images."""
        state = self._state(stage)
        assert state.opened is None
        assert state.running
        release = self.world.releases[state.running.release]
        here = served(self.world, stage)
        if release.routes:
            assert here
            assert self.world.edge_runs
            assert here.active == state.running.name
            assert serves(self.world, state.running.name, {"web"})
        else:
            assert here is None or not here.routes or here.active == state.running.name
        images = {
            box.image
            for box in self.world.boxes.values()
            if box.service == "web" and box.project == state.running.name
        }
        assert images <= set(self.world.images.values())

    def _state(self, stage: Stage) -> StageState:
        """Return where a stage is, as somebody sees it who reaches the registry."""
        with self._with_registry():
            return Desk(self.world).state(stage)

    @contextmanager
    def _with_registry(self) -> Iterator[None]:
        up, self.world.registry_up = self.world.registry_up, True
        yield
        self.world.registry_up = up

    def _is_settled(self, stage: Stage, ended: str) -> None:
        """[5] [6] [7] What was undisturbed leaves nothing open, and a second run nothing to do."""
        state = self._state(stage)
        if ended in ("", "Unhealthy"):
            assert state.opened is None
        if ended:
            return
        before = truth(self.world, stage)
        try:
            planned = Desk(self.world).open(stage).prepare_deploy(state)
        except (Refused, Unreachable):
            return
        if planned.new.deployed == state.running:
            assert [str(step) for step in planned.steps] == []
        assert truth(self.world, stage) == before

    # --- what holds at any time

    @invariant()
    def history_only_grows(self) -> None:
        """[12]"""
        if not hasattr(self, "world"):
            return
        for stage in STAGES:
            with self._with_registry():
                history = Desk(self.world).open(stage).ledger.history(stage.name)
            records, known = [*reversed(history)], self.chains[stage.name]
            assert first_broken(records) == ""
            assert records[: len(known)] == known
            self.chains[stage.name] = records

    @invariant()
    def what_runs_was_allowed(self) -> None:
        """[21]"""
        if not hasattr(self, "world"):
            return
        for stage in STAGES:
            running = self._state(stage).running
            assert running is None or (stage.name, running.release) in self.allowed

    @invariant()
    def there_is_a_way_back(self) -> None:
        """[13] What a rollback goes back to is there: document, containers and images."""
        if not hasattr(self, "world"):
            return
        for stage in STAGES:
            state = self._state(stage)
            if stage.name in self.hurt or state.opened:
                continue
            names = Desk(self.world).open(stage).drawings.names()
            for one in state.good[: KEPT - 1]:
                assert one.name in names
                web = [b for b in self.world.boxes.values() if b.project == one.name]
                assert {"web", "worker"} <= {box.service for box in web}
                assert {box.image for box in web} <= set(self.world.images.values())

    @invariant()
    def a_lock_has_a_holder(self) -> None:
        """[9] Whoever is gone holds nothing."""
        assert not hasattr(self, "world") or not self.world.locks

    @invariant()
    def served_is_one_whole_release(self) -> None:
        """[3] The edge leads to what runs, or to what a command that was cut short brought."""
        if not hasattr(self, "world"):
            return
        for stage in STAGES:
            here, state = served(self.world, stage), self._state(stage)
            known = {
                one.name for one in (state.running, state.opened and state.opened.deployment) if one
            }
            assert here is None or not here.active or here.active in known

    def teardown(self) -> None:
        """[7] [5] From wherever it has come to, one command on a whole target ends all."""
        if not hasattr(self, "world"):
            return
        self.world.registry_up, self.world.skew = True, 0
        for stage in STAGES:
            state = self._state(stage)
            if not state.promoted:
                continue
            ended = self._given(stage, Effects(), partial(Desk.deploy, stage=stage))
            assert ended in ("", "Unhealthy", "Refused", "CommandFailed")
            after = self._state(stage)
            if ended != "Refused":
                assert after.opened is None
            if state.running and state.opened is None and ended == "Unhealthy":
                assert after.running == state.running
            if is_available(self.world, stage):
                assert after.running


def test_any_commands_in_any_order_keep_a_target_sound() -> None:
    run_state_machine_as_test(
        Target,
        settings=settings(
            max_examples=2000 if LONG else 30,
            stateful_step_count=40 if LONG else 25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )

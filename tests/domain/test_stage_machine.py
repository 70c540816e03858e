"""Any events in any order: what holds for a stage's ledger, whatever happens to it.

Two machines: the pure state, which no event may lead astray; and ledgers in a registry over HTTP,
where commands are killed at any request, the registry goes away, and records join late.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
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
from envctl.domain.moments import seconds_of
from envctl.domain.one_way import what_forbids
from envctl.domain.record_artifact import tag_of_record
from envctl.domain.record_format import parse_record, record_bytes, record_digest
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Deployed, Event, Kind, Record, StageState
from envctl.domain.stage_state import CannotFollowError, next_state
from envctl.errors import Refused, Unreachable
from tests.fake_registry import FakeRegistry
from tests.fake_stage_store import FakeStageStore
from tests.ledgers import ADA, BOB, Desk, deployed, event, release

FIRST = Stage("first")
LAST = Stage("last", after="first", soak=600, requires_check=True)
STAGES = {stage.name: stage for stage in (FIRST, LAST)}
RELEASES = st.integers(1, 3)
SETTINGS = st.integers(1, 2)
NAMES = st.sampled_from(sorted(STAGES))


class Stages(RuleBasedStateMachine):
    """Two stages by pure values; promotions ask the rule, everything else is tried as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.chains: dict[str, list[Record]] = {name: [] for name in STAGES}
        self.rejected: dict[str, str] = {}
        self.minute = 0
        self.passed_rule: set[str] = set()
        self.hotfixes: set[str] = set()
        self.served: dict[str, list[str]] = {name: [] for name in STAGES}

    def state(self, name: str) -> StageState:
        chain = self.chains[name]
        return chain[-1].state if chain else StageState()

    @property
    def now(self) -> str:
        day, minute = 1 + self.minute // 1440, self.minute % 1440
        return f"2026-01-{day:02}T{minute // 60:02}:{minute % 60:02}:00Z"

    def record(self, name: str, one: Event) -> bool:
        """Add a record if it may follow; nothing changes where it may not."""
        chain, before = self.chains[name], self.state(name)
        try:
            led = next_state(before, one, self.now)
        except CannotFollowError:
            assert self.state(name) == before
            return False
        previous = record_digest(chain[-1]) if chain else ""
        number = len(chain) + 1
        record = Record("shop", name, number, previous, self.now, ADA, one, before.running, led)
        chain.append(parse_record(record_bytes(record), "here"))
        return True

    @rule(minutes=st.integers(0, 20))
    def wait(self, minutes: int) -> None:
        self.minute = min(self.minute + minutes, 28 * 1440)

    @rule(name=NAMES, n=RELEASES, hotfix=st.booleans())
    def promote(self, name: str, n: int, hotfix: bool) -> None:
        states = {other: self.state(other) for other in STAGES}
        stage, version = STAGES[name], f"1.{n}"
        obstacles = what_forbids(
            stage, release(n), version, states, self.rejected, self.now, hotfix=hotfix
        )
        if obstacles:
            assert all(one.what and one.allows for one in obstacles)
            return
        assert self.record(name, event(Kind.PROMOTED, n, hotfix=hotfix))
        assert release(n) not in self.rejected
        if name == "last":
            (self.hotfixes if hotfix else self.passed_rule).add(release(n))
        if name == "last" and not hotfix:
            assert release(n) in self.served["first"]
            checks = {c.release: c.passed for c in states["first"].checks}
            assert checks[release(n)]

    @rule(name=NAMES, n=RELEASES, which=SETTINGS)
    def start(self, name: str, n: int, which: int) -> None:
        before = self.state(name)
        done = self.record(name, event(Kind.DEPLOY_STARTED, n, which))
        assert done is (before.opened is None and before.promoted == release(n))

    @rule(name=NAMES, n=RELEASES, which=SETTINGS)
    def start_rollback(self, name: str, n: int, which: int) -> None:
        before = self.state(name)
        if self.record(name, event(Kind.ROLLBACK_STARTED, n, which)):
            assert deployed(n, which) in before.good
            assert before.opened is None

    @rule(name=NAMES, good=st.booleans())
    def end(self, name: str, good: bool) -> None:
        """Whatever is open can be finished and undone."""
        before = self.state(name)
        if before.opened is None:
            assert not self.record(name, event(Kind.FAILED))
            return
        assert before.opened.deployment
        ends = {Kind.DEPLOY_STARTED: Kind.DEPLOYED, Kind.ROLLBACK_STARTED: Kind.ROLLED_BACK}
        kind = ends[before.opened.kind] if good else Kind.FAILED
        assert self.record(name, replace(before.opened, kind=kind))
        after = self.state(name)
        assert after.opened is None
        if good:
            assert after.running == before.opened.deployment
            self.served[name].append(before.opened.release)
        else:
            assert replace(before, opened=None) == after

    @rule(name=NAMES, n=RELEASES, passed=st.booleans())
    def check(self, name: str, n: int, passed: bool) -> None:
        before = self.state(name)
        if self.record(name, event(Kind.CHECKED, n, command="smoke", passed=passed)):
            assert before.running
            assert before.running.release == release(n)
            assert before.opened is None

    @rule(name=NAMES)
    def unlock(self, name: str) -> None:
        before = self.state(name)
        assert self.record(name, event(Kind.UNLOCKED))
        assert self.state(name) == before

    @rule(n=RELEASES)
    def reject(self, n: int) -> None:
        self.rejected[release(n)] = "bad"

    @rule(name=NAMES, n=RELEASES, which=SETTINGS)
    def end_what_was_never_begun(self, name: str, n: int, which: int) -> None:
        opened = self.state(name).opened
        for kind in (Kind.DEPLOYED, Kind.ROLLED_BACK):
            if opened is None or opened.deployment != deployed(n, which):
                assert not self.record(name, event(kind, n, which))

    @invariant()
    def the_chain_holds(self) -> None:
        for chain in self.chains.values():
            assert first_broken(chain) == ""
            assert [record.sequence for record in chain] == [*range(1, len(chain) + 1)]

    @invariant()
    def nothing_runs_on_the_last_stage_that_the_rule_did_not_let_pass(self) -> None:
        assert set(self.served["last"]) <= self.passed_rule | self.hotfixes

    @invariant()
    def states_are_sound(self) -> None:
        for state in map(self.state, STAGES):
            names = [one.name for one in state.good]
            assert len(names) == len(set(names))
            assert state.running is None or state.running.name not in names
            still = [run for run in state.runs if not run.until]
            assert len(still) == (state.running is not None)
            if state.running:
                assert still == [state.runs[-1]]
                assert still[0].release == state.running.release
                assert still[0].since == state.since
            for run in state.runs:
                assert not run.until or seconds_of(run.until) >= seconds_of(run.since)
            assert not state.hold or state.promoted


class Kills:
    """Ends the connection before a request; None for never."""

    def __init__(self) -> None:
        self.left: int | None = None

    def __call__(self, _: int, __: str) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise ConnectionError


KILLED = st.one_of(st.none(), st.integers(0, 20))


class Ledgers(RuleBasedStateMachine):
    """A stage's ledger on a registry that goes away at any request; with the target's store."""

    @initialize()
    def begin(self) -> None:
        self.kills = Kills()
        self.server = FakeRegistry(before=self.kills)
        self.store = FakeStageStore()
        self.desks = [Desk(self.server.address, who, self.store) for who in (ADA, BOB)]
        self.happened: list[str] = []
        self.unsure: set[str] = set()
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.server.close()

    @rule(desk=st.integers(0, 1), n=RELEASES, killed=KILLED)
    def promote(self, desk: int, n: int, killed: int | None) -> None:
        self._append(desk, event(Kind.PROMOTED, n), killed)

    @rule(desk=st.integers(0, 1), killed=KILLED)
    def deploy(self, desk: int, killed: int | None) -> None:
        state = self.desks[desk].ledger().state("live")
        if not state.promoted or state.opened:
            return
        new = Deployed(state.promoted, state.version, "s", f"d-{state.version}")
        for kind in (Kind.DEPLOY_STARTED, Kind.DEPLOYED):
            self._append(desk, Event(kind, new.release, new.version, new), killed)

    @rule(desk=st.integers(0, 1), killed=KILLED)
    def finish(self, desk: int, killed: int | None) -> None:
        opened = self.desks[desk].ledger().state("live").opened
        if opened:
            kind = Kind.DEPLOYED if opened.kind is Kind.DEPLOY_STARTED else Kind.ROLLED_BACK
            self._append(desk, replace(opened, kind=kind), killed)

    @rule(desk=st.integers(0, 1), killed=KILLED)
    def roll_back(self, desk: int, killed: int | None) -> None:
        state = self.desks[desk].ledger().state("live")
        if not state.good or state.opened:
            return
        old = state.good[0]
        for kind in (Kind.ROLLBACK_STARTED, Kind.ROLLED_BACK):
            self._append(desk, Event(kind, old.release, old.version, old), killed)

    @rule()
    def join(self) -> None:
        self.desks[0].ledger().join("live")

    @precondition(lambda self: self.happened)
    @rule()
    def lose_the_pointer(self) -> None:
        self.server.repository("team/shop").tags.pop("s.live", None)

    def _append(self, desk: int, one: Event, killed: int | None) -> None:
        """Add a record with a mark of its own, the registry going away at some request."""
        self.count += 1
        mark = f"{self.count}"
        self.kills.left = killed
        try:
            self.desks[desk].ledger().append("live", replace(one, outcome=mark))
        except Unreachable:
            self.unsure.add(mark)
        except Refused:
            pass
        else:
            self.happened.append(mark)
        finally:
            self.kills.left = None

    def _marks(self) -> list[str]:
        """Return what is known to have happened, in the chain and kept for it, oldest first."""
        ledger = self.desks[0].ledger()
        seen = ledger.sight("live")
        last = ledger.last(seen)
        waiting = [record.event.outcome for _, record in ledger.unjoined(last, seen.chain)]
        chain = [record.event.outcome for record in ledger.history("live")][::-1]
        return [*chain, *waiting]

    @invariant()
    def no_record_is_lost_or_doubled(self) -> None:
        if not hasattr(self, "server"):
            return
        marks = self._marks()
        assert len(marks) == len(set(marks))
        assert [mark for mark in marks if mark not in self.unsure] == self.happened

    @invariant()
    def each_record_is_what_its_tag_says(self) -> None:
        if not hasattr(self, "server"):
            return
        ledger = self.desks[1].ledger()
        chain = ledger.chain("live")
        assert (chain.forks, chain.gaps) == ((), ())
        history = ledger.history("live")
        assert [tag_of_record(record) for record in reversed(history)] == [*chain.tags]


def test_any_events_in_any_order_keep_stages_sound() -> None:
    run_state_machine_as_test(
        Stages, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )


def test_any_commands_killed_anywhere_lose_no_record() -> None:
    run_state_machine_as_test(
        Ledgers,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )

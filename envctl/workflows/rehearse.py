"""`rehearse`: deploy a release over the one that runs, and go back; with somebody who asks."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.plan import Action
from envctl.domain.rehearsal import Failure, Part, Rehearsed, Span, seen_in
from envctl.domain.stage_record import Event, Kind
from envctl.errors import Failed, Unhealthy
from envctl.workflows.stage_change import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from envctl.domain.deployment import Deployment
    from envctl.domain.rehearsal import Way
    from envctl.domain.stage_record import Deployed, StageState
    from envctl.ports import Clock, Reporter
    from envctl.ports.ledger import Ledger
    from envctl.ports.probe import Probe, Prober
    from envctl.workflows.check import Checker
    from envctl.workflows.deploy import Prepared, StageWork

ENOUGH = 100
"""Requests of every way in, after which a release that serves is known to answer."""


@dataclass(frozen=True)
class Candidate:
    """A release by its digest, and what it is called."""

    digest: str
    version: str


@dataclass(frozen=True)
class Hands:
    """What changes the stage that is rehearsed on, whose lock is held, and its ledger.

    `deploy` and `rollback` plan, `ready` refuses what would stop half way, `fill` brings data
    into the volumes of the first deployment.
    """

    work: StageWork
    ledger: Ledger
    deploy: Callable[[StageState, str], Prepared]
    rollback: Callable[[StageState], Prepared]
    ready: Callable[[Prepared], None]
    fill: Callable[[Deployment], None] | None = None


@dataclass(frozen=True)
class Rehearsal:
    """Rehearses one change; `ways` says where the stage is asked."""

    stage: str
    hands: Hands
    checker: Checker
    prober: Prober
    ways: Callable[[], Sequence[Way]]
    clock: Clock
    reporter: Reporter

    def run(self, current: Candidate, candidate: Candidate, command: Sequence[str]) -> Rehearsed:
        """Deploy both, one over the other, go back, and tell what was seen.

        What the candidate does wrong is in the answer; where `current` does not even come up,
        nothing can be told, and that is raised.
        """
        self._begin(current)
        found = _Found(self.clock)
        with self.prober.probing(self.ways()) as probe:
            self._play(candidate, _Checks(self, probe, command, found))
        return Rehearsed(
            self.stage,
            current.version,
            candidate.version,
            tuple(seen_in(span, probe.asked()) for span in found.spans),
            found.passed,
            found.deploy,
            found.rollback,
        )

    def _play(self, candidate: Candidate, checks: _Checks) -> None:
        found = checks.found
        checks.check(Part.BEFORE)
        with found.span(Part.DEPLOY):
            found.deploy = self._tried(lambda: self._bring(candidate))
        if not found.deploy:
            checks.check(Part.AFTER)
            with found.span(Part.BACK):
                found.rollback = self._tried(self._go_back)
        if not found.rollback:  # a deploy that failed has left the former release, on its data
            checks.check(Part.AGAIN)

    def _begin(self, current: Candidate) -> None:
        self._promote(current)
        prepared = self._deploy_of(current)
        if self.hands.fill:
            self._bring_images(prepared)
            self.hands.fill(prepared.new)
            prepared = self._deploy_of(current)
        self.hands.ready(prepared)
        self.hands.work.carry_out(prepared)

    def _bring(self, release: Candidate) -> None:
        self._promote(release)
        prepared = self._deploy_of(release)
        self.hands.ready(prepared)
        self.hands.work.carry_out(prepared)

    def _go_back(self) -> None:
        prepared = self.hands.rollback(self._state())
        self.hands.ready(prepared)
        self.hands.work.carry_out(prepared)

    def _promote(self, release: Candidate) -> None:
        event = Event(Kind.PROMOTED, release.digest, release.version)
        self.hands.ledger.append(self.stage, event)

    def _deploy_of(self, release: Candidate) -> Prepared:
        return self.hands.deploy(self._state(), release.digest)

    def _bring_images(self, prepared: Prepared) -> None:
        steps = [s for s in prepared.steps if s.action in (Action.PULL, Action.TAG)]
        change = Change({prepared.new.name: prepared.new}, prepared.new.name)
        self.hands.work.executor.carry_out(steps, change)

    def _state(self) -> StageState:
        return self.hands.ledger.state(self.stage)

    def running(self) -> Deployed:
        """Return what is in service."""
        running = self._state().running
        assert running is not None  # noqa: S101 - the first deploy has come to its end
        return running

    def _tried(self, change: Callable[[], None]) -> Failure | None:
        """Return why a change failed; what is wrong here, and not with the release, is raised."""
        try:
            change()
        except (Failed, Unhealthy) as error:
            self.reporter.note(error.message)
            return Failure(error.message, error.details)
        return None


@dataclass
class _Found:
    """What was found so far."""

    clock: Clock
    spans: list[Span] = field(default_factory=list)
    passed: dict[Part, bool] = field(default_factory=dict)
    deploy: Failure | None = None
    rollback: Failure | None = None

    @contextmanager
    def span(self, part: Part) -> Iterator[None]:
        """Take down when a part was."""
        began = self.clock.monotonic()
        yield
        self.spans.append(Span(part, began, self.clock.monotonic()))


@dataclass(frozen=True)
class _Checks:
    """Looks at a release that serves: the command, and enough requests."""

    rehearsal: Rehearsal
    probe: Probe
    command: Sequence[str]
    found: _Found

    def check(self, part: Part) -> None:
        """Run the command against what serves, and have it asked often enough."""
        with self.found.span(part):
            running = self.rehearsal.running()
            self.found.passed[part] = self.rehearsal.checker.run(running, self.command)
            self.probe.rest(ENOUGH)
            word = "passed" if self.found.passed[part] else "failed"
            self.rehearsal.reporter.note(f"the command {word} with {running.version}")

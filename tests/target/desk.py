"""Where somebody works on a fake target: the real commands, over fakes of what is outside."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from envctl.cli.stage_change import StageChange
from envctl.domain.https import HttpsFiles
from envctl.domain.one_way import what_forbids
from envctl.domain.plan_deploy import Way
from envctl.domain.registry_place import RegistryPlace
from envctl.domain.stage import Stage
from envctl.domain.stage_record import Event, Kind, StageState, Who
from envctl.domain.target import Holder, HostFacts
from envctl.errors import Refused
from envctl.ports import Reporter
from envctl.wiring.open_stage import OpenStage
from envctl.wiring.stages import doubting
from envctl.workflows.deploy import Prepared, StageWork
from envctl.workflows.kept_ledger import KeptLedger
from envctl.workflows.ledger import RegistryLedger
from envctl.workflows.settle import Settler
from envctl.workflows.stage_answers import StageAnswers
from envctl.workflows.stage_containers import StageContainers
from envctl.workflows.stage_look import StageLook
from envctl.workflows.stage_steps import StageExecutor
from envctl.workflows.stage_ways import StageWays
from tests.fakes import FakeReporter
from tests.target.around import (
    FakeDrawings,
    FakeEdge,
    FakeHeld,
    FakeImageRegistry,
    FakeLock,
    FakeStore,
)
from tests.target.effects import Effects
from tests.target.engine import FakeHands, FakeReader, FakeStage
from tests.target.releases import FakeRelease
from tests.target.world import World

TIMEOUT = 60.0


class FakeFiles:
    """The files of the project, as far as an open stage asks them."""

    def project_name(self) -> str:
        return "shop"


@dataclass(frozen=True)
class FakeOpenStage(OpenStage):
    """An open stage over fakes; `target` is the desk."""

    target: Any

    @cached_property
    def lock(self) -> FakeLock:
        return FakeLock(self.target.world, self.target.effects, self.names.key, self.target.who)

    @cached_property
    def store(self) -> FakeStore:
        return FakeStore(self.target.world, self.target.effects, self.names.key)

    @cached_property
    def registry(self) -> FakeImageRegistry:
        return FakeImageRegistry(self.target.world, self.target.effects)

    @cached_property
    def ledger(self) -> RegistryLedger:
        return RegistryLedger(
            registry=self.registry,  # type: ignore[arg-type]
            place=RegistryPlace("r.example", "team/shop"),
            project="shop",
            who=Who(self.target.who),
            clock=self.target.world.time_elsewhere,
            kept=KeptLedger(self.stage.name, self.store),
            doubted=self.doubted,
        )

    @cached_property
    def engine(self) -> FakeStage:  # type: ignore[override]
        return FakeStage(self.target.world, self.target.effects, self.names)

    @cached_property
    def edge(self) -> FakeEdge:
        return FakeEdge(self.target.world, self.target.effects)

    @cached_property
    def drawings(self) -> FakeDrawings:  # type: ignore[override]
        return FakeDrawings(self.registry, self.store, self.names)

    @cached_property
    def look(self) -> StageLook:
        return StageLook(
            self.stage.name, self.names.key, self.engine, self.edge, self.drawings, self.ledger
        )

    def preflight(self, prepared: Prepared, facts: HostFacts) -> None:
        """Nothing: there is room."""

    def https(self) -> HttpsFiles:
        return HttpsFiles()

    @contextmanager
    def held(
        self, doing: str, wait: float | None, reporter: Reporter
    ) -> Iterator[tuple[FakeHeld, StageWork]]:
        def waiting(holder: Holder) -> None:
            reporter.note(f"waiting for {holder}")

        with self.lock.held(doing, wait=wait, waiting=waiting) as held:
            yield held, self._fake_work(held, reporter)

    def _fake_work(self, held: FakeHeld, reporter: Reporter) -> StageWork:
        world, effects = self.target.world, self.target.effects
        hands, reader = FakeHands(world, effects, self.names), FakeReader(world, effects)
        settler = Settler(reader, reader, reporter, self.timeout, held.check)  # type: ignore[arg-type]
        answers = StageAnswers(self.edge, reader, reader.wait, reporter, self.timeout, held.check)
        executor = StageExecutor(
            stage=self.stage.name,
            hands=hands,
            containers=StageContainers(self.engine, hands, settler),
            ways=StageWays(
                self.names.key, self.edge, answers, self.https, reader, reader.wait, reporter
            ),
            drawings=self.drawings,
            ledger=self.ledger,
            reporter=reporter,
            check=held.check,
        )
        return StageWork(self.stage, self.look, executor, reporter)


@dataclass
class Desk:
    """Somebody who gives commands; each desk is one process with one series of effects."""

    world: World
    effects: Effects = field(default_factory=Effects)
    who: str = "ada"
    reporter: FakeReporter = field(default_factory=FakeReporter)

    def open(self, stage: Stage, way: Way = Way.DEPLOY) -> FakeOpenStage:
        """Open a stage."""
        files: Any = FakeFiles()
        shelf: Any = None
        doubted = doubting(self.reporter.note) if way is Way.ROLLBACK else None
        return FakeOpenStage(files, stage, self, shelf, TIMEOUT, doubted)

    def deploy(
        self, stage: Stage, said: str = "", *, dry_run: bool = False, yes: bool = True
    ) -> Prepared:
        """envctl deploy STAGE --release SAID."""
        return self._change(Way.DEPLOY, stage, said, dry_run=dry_run, yes=yes)

    def rollback(self, stage: Stage, said: str = "") -> Prepared:
        """envctl rollback STAGE --release SAID."""
        return self._change(Way.ROLLBACK, stage, said)

    def _change(
        self, way: Way, stage: Stage, said: str = "", *, dry_run: bool = False, yes: bool = True
    ) -> Prepared:
        options = Namespace(release=said, dry_run=dry_run, yes=yes, wait=None, reason="")
        files: Any = None
        change = StageChange(files, stage, options, self.reporter.note)
        return change._changed(self.open(stage, way), way, self.reporter)

    def promote(self, stage: Stage, release: FakeRelease, *, hotfix: bool = False) -> None:
        """envctl promote STAGE --release R."""
        here = self.open(stage)
        states = here.ledger.states([stage.after] if stage.after else [])
        found = what_forbids(
            stage, release.digest, release.version, states, here.ledger.rejected(),
            here.ledger.now(), hotfix=hotfix,
        )  # fmt: skip
        if found:
            raise Refused("; ".join(map(str, found)))
        with here.lock.held("promote", wait=None, waiting=lambda _: None):
            event = Event(Kind.PROMOTED, release.digest, release.version, hotfix=hotfix)
            here.ledger.append(stage.name, event)

    def check(self, stage: Stage, *, passed: bool = True) -> None:
        """envctl check STAGE."""
        here = self.open(stage)
        running = here.look.state().running
        if running is None:
            raise Refused("nothing runs")
        with here.lock.held("check", wait=None, waiting=lambda _: None):
            event = Event(
                Kind.CHECKED, running.release, running.version, command="smoke", passed=passed
            )
            here.ledger.append(stage.name, event)

    def reject(self, stage: Stage, release: FakeRelease) -> None:
        """envctl reject R."""
        event = Event(Kind.REJECTED, release.digest, release.version, reason="bad")
        self.open(stage).ledger.reject(event)

    def state(self, stage: Stage) -> StageState:
        """Return where a stage is."""
        return self.open(stage).look.state()

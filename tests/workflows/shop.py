"""A shop on an engine in memory: what the tests of `up` and `reset` work on."""

from __future__ import annotations

from dataclasses import dataclass, field

from envctl.domain.project import Project
from envctl.domain.seed import NO_SEED, Seed
from envctl.domain.service import Build, Condition, Dependency, Role, Service
from envctl.workflows.carry_out import Executor
from envctl.workflows.observe import Senses
from envctl.workflows.reset import Reset, prepare_reset, reset
from envctl.workflows.restore import Restorer, Source
from envctl.workflows.settle import Settler
from envctl.workflows.snapshot_restore import RestoreRequest
from envctl.workflows.up import Running, UpRequest, prepare_up, up
from tests.fake_snapshots import FakeDueRestores, FakeJobs, FakeSeedMark, FakeSnapshots, FakeVolumes
from tests.fakes import (
    DONE,
    FakeEngine,
    FakeInputs,
    FakeKeeper,
    FakeLock,
    FakeMemory,
    FakePublished,
    FakeReporter,
    FakeSources,
)

DB = Service("db", "postgres:15", "def-db", role=Role.DATA, has_healthcheck=True)
MIGRATE = Service(
    "migrate",
    "shop-api:latest",
    "def-migrate",
    role=Role.JOB,
    depends_on=(Dependency("db", Condition.HEALTHY),),
)
API = Service(
    "api",
    "shop-api:latest",
    "def-api",
    build=Build("/src/api", "Dockerfile", "{}"),
    depends_on=(Dependency("migrate", Condition.COMPLETED),),
    has_healthcheck=True,
    restarts=True,
)
SHOP = Project("shop", (API, DB, MIGRATE))


@dataclass
class Playground:
    """One project on one fake engine, with all that `up` is wired to."""

    project: Project = SHOP
    engine: FakeEngine = field(init=False)
    inputs: FakeInputs = field(default_factory=lambda: FakeInputs({"api": "1"}))
    sources: FakeSources = field(default_factory=FakeSources)
    published: FakePublished = field(default_factory=FakePublished)
    lock: FakeLock = field(default_factory=FakeLock)
    memory: FakeMemory = field(default_factory=FakeMemory)
    reporter: FakeReporter = field(default_factory=FakeReporter)

    volumes: FakeVolumes = field(default_factory=FakeVolumes)
    kept: FakeSnapshots = field(default_factory=FakeSnapshots)
    due: FakeDueRestores = field(default_factory=FakeDueRestores)
    mark: FakeSeedMark = field(default_factory=FakeSeedMark)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    seed: Seed = NO_SEED

    def __post_init__(self) -> None:
        self.engine = FakeEngine(self.project, lives={"migrate": DONE})

    def senses(self) -> Senses:
        return Senses(
            self.engine,
            self.inputs,
            self.sources,
            self.published,
            self.lock,
            "shop",
            self.memory,
            self.due,
            self.source,
            self.mark,
        )

    def source(self) -> Source:
        return Source(self.volumes, lambda: self.kept)

    def executor(self) -> Executor:
        settler = Settler(self.engine, self.engine.clock, self.reporter, timeout=60)
        restorer = Restorer(
            self.source(), self.volumes, self.due, self.engine, self.engine, self.reporter
        )
        return Executor(
            self.engine,
            self.engine,
            self.engine,
            self.engine,
            self.memory,
            self.inputs,
            FakeKeeper(),
            settler,
            self.reporter,
            lambda: restorer,
            self.mark,
            self.jobs,
            "shop",
        )

    def up(self, *services: str) -> tuple[Running, ...]:
        prepared = prepare_up(
            self.senses(), self.project, UpRequest(services, seed=self.seed), self.reporter
        )
        executor = self.executor()
        return up(prepared, executor.settler, lambda: executor)

    def prepare_reset(self, to: str = "", services: tuple[str, ...] = ()) -> Reset:
        request = RestoreRequest(to) if to else None
        senses = self.senses()
        return prepare_reset(senses, self.project, request, self.seed, self.reporter, services)

    def reset(self, to: str = "") -> tuple[Running, ...]:
        wanted = self.prepare_reset(to)
        return reset(wanted, self.executor())

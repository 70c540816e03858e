"""Hands out what commands on a stage work with, while its target is open."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from envctl.domain.deployment import PROJECT, STAGE, StageNames
from envctl.errors import Refused, Unreachable, UnsoundLedger

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from envctl.adapters.target.stage_engine import EngineStage
    from envctl.domain.https import HttpsFiles
    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState
    from envctl.domain.target import Holder, HostFacts
    from envctl.ports import Reporter
    from envctl.ports.edge import Edge
    from envctl.ports.target import HeldLock, StageLock, StageStore
    from envctl.wiring.drawings import StageDrawings
    from envctl.wiring.project_files import ProjectFiles
    from envctl.wiring.targets import OpenTarget
    from envctl.workflows.deploy import Prepared, Preparing, StageWork
    from envctl.workflows.ledger import RegistryLedger
    from envctl.workflows.releases import Shelf
    from envctl.workflows.stage_look import StageLook


@contextmanager
def open_stage(
    files: ProjectFiles,
    stage: Stage,
    note: Callable[[str], None],
    *,
    timeout: float | None = None,
    start: bool = False,
    offline: bool = False,
) -> Iterator[OpenStage]:
    """Open a stage's target, for as long as the block lasts.

    `start` starts the embedded registry if need be; `offline` goes on without one, and without a
    ledger that is sound. `timeout` is how many seconds services have to become ready.
    """
    from envctl.wiring.registries import opened_shelf
    from envctl.wiring.stages import doubting
    from envctl.wiring.targets import open_target

    shelf = opened_shelf(files, note, start=start, offline=offline)
    with open_target(stage.target) as target:
        ready = timeout or files.settings.ready_timeout
        yield OpenStage(files, stage, target, shelf, ready, doubting(note) if offline else None)


@contextmanager
def open_stages(
    files: ProjectFiles, stages: Sequence[Stage], note: Callable[[str], None]
) -> Iterator[tuple[OpenStage, ...]]:
    """Open the one target of several stages, to look at them."""
    from envctl.wiring.registries import opened_shelf, was_never_started
    from envctl.wiring.targets import open_target

    shelf = opened_shelf(files, note, start=False, offline=True)
    if was_never_started(shelf):
        note("there is no registry on this machine yet: envctl release starts it")
    with open_target(stages[0].target) as target:
        timeout = files.settings.ready_timeout
        yield tuple(OpenStage(files, stage, target, shelf, timeout) for stage in stages)


@dataclass(frozen=True)
class OpenStage:
    """One stage, its target open. Whoever writes holds `lock`; `shelf` has the releases.

    With `doubted` its ledger does without a chain that is sound; see `LedgerLook`.
    """

    files: ProjectFiles
    stage: Stage
    target: OpenTarget
    shelf: Shelf
    timeout: float
    doubted: Callable[[UnsoundLedger], None] | None = None

    @cached_property
    def names(self) -> StageNames:
        """What things are called on the target."""
        return StageNames(self.files.project_name(), self.stage.name)

    @cached_property
    def lock(self) -> StageLock:
        """The lock of the stage."""
        return self.target.lock(self.names.project, self.names.stage)

    @cached_property
    def store(self) -> StageStore:
        """What the target keeps for the stage."""
        return self.target.store(self.names.project, self.names.stage)

    @cached_property
    def ledger(self) -> RegistryLedger:
        """The ledgers of the project; the target keeps what it needs of this stage's own."""
        from envctl.wiring.stages import ledger
        from envctl.workflows.kept_ledger import KeptLedger

        kept = KeptLedger(self.stage.name, self.store)
        return ledger(self.files, self.shelf, kept, self.doubted)

    @cached_property
    def engine(self) -> EngineStage:
        """What there is of the stage."""
        from envctl.adapters.target.stage_engine import EngineStage

        return EngineStage(self.target.http, self.names)

    @cached_property
    def edge(self) -> Edge:
        """The edge of the target."""
        from envctl.wiring.edge import edge

        return edge(self.target.http)

    @cached_property
    def drawings(self) -> StageDrawings:
        """The deployments of the stage."""
        from envctl.adapters.stage_settings import StageSettings
        from envctl.wiring.drawings import StageDrawings

        settings = StageSettings(self.stage.name, self.stage.env_files, self.files.folder)
        return StageDrawings(
            self.names, self.stage, settings, self.store, lambda: self.shelf, self.files.folder
        )

    @cached_property
    def look(self) -> StageLook:
        """The look at all of it."""
        from envctl.workflows.stage_look import StageLook

        return StageLook(
            self.stage.name, self.names.key, self.engine, self.edge, self.drawings, self.ledger
        )

    @property
    def preparing(self) -> Preparing:
        """What plans changes; it holds readers only."""
        from envctl.workflows.deploy import Preparing

        return Preparing(self.stage, self.look)

    def prepare_deploy(
        self, state: StageState, release: str = "", taken: Collection[int] = ()
    ) -> Prepared:
        """Plan to bring the release into service that was promoted; Refused where none may be.

        The rule is looked at again here, whatever was promoted, and by whom; what runs already
        may be repaired. With `release` it is planned as if that were promoted. Ports in `taken`
        are in use on the target's host.
        """
        if release:
            return self.preparing.deploy(state, release, taken)
        if not state.promoted:
            raise Refused(
                f"no release was promoted to {self.stage.name} yet",
                hint=f"envctl promote {self.stage.name}",
            )
        if state.running is None or state.running.release != state.promoted:
            self._require_allowed(state)
        return self.preparing.deploy(state, state.promoted, taken)

    def _require_allowed(self, state: StageState) -> None:
        from envctl.domain.one_way import what_forbids

        before = [self.stage.after] if self.stage.after else []
        obstacles = what_forbids(
            self.stage,
            state.promoted,
            state.version,
            self.ledger.states(before),
            self.ledger.rejected(),
            self.ledger.now(),
            hotfix=state.hotfix,
        )
        if obstacles:
            raise Refused(
                f"{state.version} may not run on {self.stage.name}: "
                f"{'; '.join(one.what for one in obstacles)}",
                hint="; ".join(dict.fromkeys(one.allows for one in obstacles)),
            )

    def prepare_rollback(self, state: StageState, said: str) -> Prepared:
        """Plan to go back to what `said` means, to the last good deployment by itself."""
        from envctl.domain.rollback_choice import choose_rollback

        try:
            rejected = self.ledger.rejected()
        except (Unreachable, UnsoundLedger):  # going back has to work all the same
            rejected = {}
        kept = self.drawings.names()
        chosen = choose_rollback(self.stage.name, state, kept, rejected, said)
        return self.preparing.rollback(state, chosen.name)

    def preflight(self, prepared: Prepared, facts: HostFacts) -> None:
        """Refuse what would stop half way: no room on the disk, a port that is taken."""
        from envctl.domain.plan import Action
        from envctl.domain.preflight import require_ports, require_room, require_ways
        from envctl.workflows.download import download_size

        pulls = [s.source.rpartition("@")[2] for s in prepared.steps if s.action is Action.PULL]
        if pulls:
            size = download_size(self.shelf.registry, self.shelf.place, pulls)
            require_room(size, facts)
        served = self.edge.stages()
        require_ways(self.names.key, prepared.new, served)
        own = {route.port for stage in served for route in stage.routes}
        own |= {port.host_port for c in prepared.seen.data() for port in c.ports}
        require_ports(prepared.new, own, facts)

    @contextmanager
    def held(
        self, doing: str, wait: float | None, reporter: Reporter
    ) -> Iterator[tuple[HeldLock, StageWork]]:
        """Hold the stage's lock, and hand out what changes it."""

        def waiting(holder: Holder) -> None:
            reporter.note(f"waiting for {holder}")

        self._require_own()
        with self.lock.held(doing, wait=wait, waiting=waiting) as held:
            yield held, self._work(held, reporter)

    def _require_own(self) -> None:
        """Refuse names that another stage has: `a-b` of `c` is called as `a` of `b-c` is."""
        row = self.target.http.get_json(f"/containers/{self.store.volume}/json", missing_ok=True)
        labels = row["Config"].get("Labels") or {} if row else {}
        said = (labels.get(PROJECT), labels.get(STAGE))
        if row and said != (self.names.project, self.names.stage):
            raise Refused(
                f"on the target {self.names.key} is the stage {said[1]} of the project {said[0]}",
                hint="give the stage or the project another name",
            )

    def _work(self, held: HeldLock, reporter: Reporter) -> StageWork:
        from envctl.adapters.engine import HttpEngineReader
        from envctl.adapters.target.stage_engine import EngineStageHands
        from envctl.wiring import SystemClock
        from envctl.workflows.deploy import StageWork
        from envctl.workflows.settle import Settler
        from envctl.workflows.stage_answers import StageAnswers
        from envctl.workflows.stage_containers import StageContainers
        from envctl.workflows.stage_steps import StageExecutor
        from envctl.workflows.stage_ways import StageWays

        clock = SystemClock()
        hands = EngineStageHands(
            self.target.http, self.names, self.target.connection.docker_host, self._reached
        )

        def check() -> None:
            held.check()
            self.target.connection.check()

        reader = HttpEngineReader(self.target.http)
        settler = Settler(reader, clock, reporter, self.timeout, check)
        answers = StageAnswers(self.edge, clock, time.sleep, reporter, self.timeout, check)
        key, edge, https = self.names.key, self.edge, self.https
        executor = StageExecutor(
            stage=self.stage.name,
            hands=hands,
            containers=StageContainers(self.engine, hands, settler),
            ways=StageWays(key, edge, answers, https, clock, time.sleep, reporter),
            drawings=self.drawings,
            ledger=self.ledger,
            reporter=reporter,
            check=check,
        )
        return StageWork(self.stage, self.look, executor, reporter)

    def _reached(self, reference: str) -> str:
        """Return a reference as the target's engine has to ask for it."""
        host = self.shelf.place.host
        if not self.shelf.place.is_local:
            return reference
        return reference.replace(host, self.target.connection.bring_registry(host), 1)

    def https(self) -> HttpsFiles:
        """Return the certificates of the stage's host names."""
        from envctl.adapters.certificates import read_certificates

        return read_certificates(self.stage, self.files.folder)

    def host(self) -> str:
        """Return the name under which the ports of the target are reached from here."""
        from envctl.adapters.engine_address import reached_host

        return self.stage.target.host or reached_host(self.target.connection.docker_host)

"""Hands out rehearsals: opens the stage for one, and clears it before and afterwards."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.domain.stage import Https
from envctl.domain.target import LOCAL
from envctl.errors import Refused
from envctl.wiring.filling import Filling
from envctl.wiring.rehearsed_stage import PREFIX, RehearsedStage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.config.stage.isolated import ChoosePort
    from envctl.domain.rehearsal import Rehearsed
    from envctl.domain.stage import Stage
    from envctl.ports import Reporter
    from envctl.ports.target import HeldLock
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.check import Checker
    from envctl.workflows.deploy import StageWork
    from envctl.workflows.rehearsal_data import VolumeFiller
    from envctl.workflows.rehearse import Hands, Rehearsal
    from envctl.workflows.releases import NamedRelease, Shelf


@dataclass(frozen=True)
class Wanted:
    """A rehearsal as it is asked for.

    `release` and `snapshot` are empty for none, `path` is what is asked for over HTTP. With `keep`
    all of it is left as it is at the end.
    """

    stage: Stage
    command: tuple[str, ...]
    release: str = ""
    snapshot: str = ""
    path: str = "/"
    filling: Filling = field(default_factory=Filling)
    allow_host: bool = False
    keep: bool = False
    wait: float | None = None
    timeout: float | None = None


def rehearse(files: ProjectFiles, wanted: Wanted, reporter: Reporter) -> Rehearsed:
    """Rehearse on this machine, and leave nothing, unless that is to be kept."""
    from envctl.adapters.local_command import require_program
    from envctl.workflows.rehearse import Candidate

    require_program(files.folder, wanted.command)
    with _opened(files, wanted, reporter) as here:
        current, candidate = _releases(here, wanted)
        with _cleared(here, wanted, reporter) as (held, work):
            here.settings.ports = _moved_ports(here, held)
            for named in (current, candidate):  # what is lacking is said before anything starts
                here.drawings.draw(named.digest)
            rehearsal = _rehearsal(here, wanted, held, work, reporter)
            first, second = (Candidate(one.digest, one.version) for one in (current, candidate))
            done = rehearsal.run(first, second, wanted.command)
            if wanted.keep:
                reporter.note(_kept(here))
            return done


def _kept(here: RehearsedStage) -> str:
    urls = ", ".join(way.url for way in here.ways()) or here.names.key
    return f"it stays: {urls}; envctl rehearse {here.stage.name} --clean removes it"


def clean(files: ProjectFiles, wanted: Wanted, reporter: Reporter) -> bool:
    """Remove what rehearsals of a stage have left; returns whether that was anything."""
    with (
        _opened(files, wanted, reporter) as here,
        here.held("clean", wanted.wait, reporter),
    ):
        return _clear(here)


@contextmanager
def _opened(files: ProjectFiles, wanted: Wanted, reporter: Reporter) -> Iterator[RehearsedStage]:
    from envctl.wiring.registries import opened_shelf
    from envctl.wiring.targets import open_target

    stage = wanted.stage
    if any(other.name == PREFIX + stage.name for other in files.settings.stages):
        raise Refused(
            f"the stage {PREFIX}{stage.name} of envctl.toml is called as a rehearsal would be",
            hint="give it another name",
        )
    shelf = opened_shelf(files, reporter.note, start=False, offline=False)
    bare = replace(stage, target=LOCAL, env_files=(), hosts=(), https=Https())
    timeout = wanted.timeout or files.settings.ready_timeout
    with (
        tempfile.TemporaryDirectory(prefix="envctl-rehearsal-") as folder,
        open_target(LOCAL) as target,
    ):
        yield RehearsedStage(
            files,
            bare,
            target,
            shelf,
            timeout,
            hosts=stage.hosts,
            filling=wanted.filling,
            folder=Path(folder),
            allow_host=wanted.allow_host,
        )


def _releases(here: RehearsedStage, wanted: Wanted) -> tuple[NamedRelease, NamedRelease]:
    """Return the release that runs, and the one that is to come."""
    from envctl.domain.rehearsal import candidate_of, require_other, require_running
    from envctl.wiring.stages import ledger_look
    from envctl.workflows.releases import LATEST

    stage = wanted.stage
    states = ledger_look(here.files).states(filter(None, (stage.name, stage.after)))
    current = here.shelf.find(require_running(stage, states))
    candidate = here.shelf.find(wanted.release or candidate_of(stage, states, LATEST))
    require_other(stage, current.digest, candidate.digest, candidate.version)
    for named in (current, candidate):
        _require_engine(here.shelf, named, stage.name)
    return current, candidate


def _require_engine(shelf: Shelf, named: NamedRelease, stage: str) -> None:
    from envctl.config.release.reading import read_definition
    from envctl.domain.release import BASE
    from envctl.wiring.release_layer import require_engine

    known = dict(named.release.definitions)
    definition = shelf.definition(named.release, stage if stage in known else BASE)
    require_engine(named, read_definition(definition).get("services") or {})


@contextmanager
def _cleared(
    here: RehearsedStage, wanted: Wanted, reporter: Reporter
) -> Iterator[tuple[HeldLock, StageWork]]:
    """Hold the stage's lock, with nothing of it there before, and nothing afterwards."""
    with here.held("rehearse", wanted.wait, reporter) as (held, work):
        if _clear(here):
            reporter.note("a former rehearsal had left something: it is removed")
        try:
            yield held, work
        finally:
            if not wanted.keep:
                held.check()  # another one's is not to be removed
                _clear(here)


def _clear(here: RehearsedStage) -> bool:
    from envctl.adapters.target.clearance import StageClearance

    return StageClearance(here.target.http, here.names, here.edge).clear()


def _moved_ports(here: RehearsedStage, held: HeldLock) -> ChoosePort:
    from envctl.domain.loopback import MovedPorts

    served = {route.port for stage in here.edge.stages() for route in stage.routes}
    return MovedPorts(held.host_facts()().ports | served)


def _rehearsal(
    here: RehearsedStage, wanted: Wanted, held: HeldLock, work: StageWork, reporter: Reporter
) -> Rehearsal:
    from envctl.adapters.probe import Prober
    from envctl.wiring import SystemClock
    from envctl.workflows.rehearse import Rehearsal

    return Rehearsal(
        here.stage.name,
        _hands(here, wanted, held, work, reporter),
        _checker(here),
        Prober(wanted.path),
        here.ways,
        SystemClock(),
        reporter,
    )


def _hands(
    here: RehearsedStage, wanted: Wanted, held: HeldLock, work: StageWork, reporter: Reporter
) -> Hands:
    from envctl.workflows.rehearse import Hands

    def facts() -> Any:
        return held.host_facts()()

    filler = _filler(here, wanted.snapshot, reporter) if wanted.snapshot else None
    return Hands(
        work,
        here.ledger,
        deploy=lambda state, release: here.preparing.deploy(state, release, facts().ports),
        rollback=lambda state: here.prepare_rollback(state, ""),
        ready=lambda prepared: here.preflight(prepared, facts()),
        fill=filler.fill if filler else None,
    )


def _filler(here: RehearsedStage, snapshot: str, reporter: Reporter) -> VolumeFiller:
    from envctl.adapters.volumes import EngineVolumes
    from envctl.wiring.snapshots import snapshot_reader
    from envctl.workflows.rehearsal_data import VolumeFiller

    kept = snapshot_reader(here.files)
    kept.find(snapshot)  # what there is not is said before anything starts
    return VolumeFiller(snapshot, kept, EngineVolumes(here.target.http), reporter)


def _checker(here: RehearsedStage) -> Checker:
    """Return what runs the command; what it prints is talk, beside the report."""
    from envctl.adapters.local_command import call
    from envctl.wiring.stages import checker

    return replace(checker(here), call=partial(call, here.files.folder, output=sys.stderr))

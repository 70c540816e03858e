"""Hands out looks at several stages at once; each target is opened once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from envctl.errors import EnvctlError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.domain.stage import Stage
    from envctl.domain.stage_status import Candidate, StageStatus
    from envctl.errors import UnsoundLedger
    from envctl.wiring.open_stage import OpenStage
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.verify import Verified

_AT_ONCE = 8
_Found = TypeVar("_Found")


def statuses(
    files: ProjectFiles, stages: Sequence[Stage], note: Callable[[str], None]
) -> list[StageStatus]:
    """Return how stages are; one whose target does not answer says so."""
    from envctl.domain.stage_record import StageState
    from envctl.wiring.registries import be_hasty
    from envctl.workflows.status import StatusLook, unseen

    with suppress(EnvctlError):  # without an engine here, the target says what is wrong
        be_hasty(files)

    def look(here: OpenStage) -> StageStatus:
        doubts: list[UnsoundLedger] = []
        here = replace(here, doubted=doubts.append)
        return StatusLook(
            here.stage, here.look, here.lock, here.host(), lambda: _following(here), doubts
        ).status()

    def failed(stage: Stage, error: EnvctlError) -> StageStatus:
        return unseen(stage, StageState(), error)

    return _each(files, stages, note, look, failed)


def verified(
    files: ProjectFiles, stages: Sequence[Stage], note: Callable[[str], None]
) -> list[Verified]:
    """Return the proofs of stages; of all that run something where none is named."""
    from envctl.wiring.stages import ledger_look
    from envctl.workflows.verify import Verifier

    if not stages:
        states = ledger_look(files).states(s.name for s in files.settings.stages)
        stages = [s for s in files.settings.stages if states[s.name].running]
    if not stages:
        raise Refused("no stage runs anything yet", hint="envctl deploy STAGE")

    def failed(_: Stage, error: EnvctlError) -> Verified:
        raise error

    return _each(files, stages, note, lambda here: Verifier(here.look, here.shelf).verify(), failed)


def _each(
    files: ProjectFiles,
    stages: Sequence[Stage],
    note: Callable[[str], None],
    look: Callable[[OpenStage], _Found],
    failed: Callable[[Stage, EnvctlError], _Found],
) -> list[_Found]:
    from envctl.wiring.open_stage import open_stages

    targets = dict.fromkeys(stage.target for stage in stages)
    found: dict[str, _Found] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:

        def of_target(target: object) -> None:
            own = [stage for stage in stages if stage.target == target]
            with ExitStack() as held:
                try:
                    opened = held.enter_context(open_stages(files, own, note))
                except EnvctlError as error:
                    found.update({stage.name: failed(stage, error) for stage in own})
                    return
                for here in opened:
                    try:
                        found[here.stage.name] = look(here)
                    except EnvctlError as error:
                        found[here.stage.name] = failed(here.stage, error)

        for _ in pool.map(of_target, targets):
            pass
    return [found[stage.name] for stage in stages]


def _following(here: OpenStage) -> Candidate | None:
    """Return the release that comes to the stage next; None where none does."""
    from envctl.domain.stage_status import Candidate
    from envctl.wiring.stages import promotion_planner

    promotion = promotion_planner(here).following().promotion
    if promotion is None:
        return None
    named = promotion.named
    return Candidate(named.digest, named.version, promotion.obstacles)

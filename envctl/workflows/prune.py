"""`prune`: remove playgrounds that nobody needs any more; others' are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan_down import plan_demolition
from envctl.domain.plan_prune import Candidate, plan_prune
from envctl.domain.playground import Playground
from envctl.domain.survey import playgrounds
from envctl.errors import CommandFailed, Refused
from envctl.workflows.census import take_census
from envctl.workflows.demolish import demolish, observe_remains

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.plan import Step
    from envctl.domain.plan_prune import Pruning
    from envctl.domain.survey import Found, Survey
    from envctl.ports import (
        EngineReader,
        Folders,
        Records,
        Remover,
        Reporter,
        Surveyor,
        WritableRecords,
    )
    from envctl.workflows.census import Census


@dataclass(frozen=True)
class PruneRequest:
    """What may go: `older_than` in seconds, None for gone folders only; `name` limits it to one.

    `now` is the time of day in seconds since the epoch.
    """

    now: float
    older_than: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Watch:
    """All that is needed to look, and nothing that could touch."""

    engine: Surveyor
    records: Records
    places: Folders


@dataclass(frozen=True)
class Hands:
    """All that is needed to remove a playground."""

    reader: EngineReader
    remover: Remover
    records: WritableRecords


def prepare_prune(watch: Watch, request: PruneRequest) -> Pruning:
    """Look and decide; this is the whole of a dry run."""
    survey, remembered = watch.engine.survey(), watch.records.remembered()
    known = [*_by_containers(survey, remembered), *watch.records.all()]
    census = take_census(survey, known, watch.places)
    found = [one for one in census.found if request.name in ("", one.name)]
    candidates = [_candidate(one, census, watch.engine, request) for one in found]
    there = {one.name for one in census.found}
    notes = dict.fromkeys(remembered, "") | {p.name: p.folder for p in census.known.values()}
    kept = {n: f for n, f in notes.items() if n not in there and request.name in ("", n)}
    return plan_prune(candidates, kept, census.missing, request.older_than)


def prune(
    pruning: Pruning, watch: Watch, hands: Hands, request: PruneRequest, reporter: Reporter
) -> tuple[Step, ...]:
    """Carry the plan out, and return the steps that were done.

    What changed in the meantime, or is being changed, is left alone. Raises CommandFailed at the
    end when something could not be removed.
    """
    failed: list[str] = []
    done: list[Step] = []
    for step in pruning.plan.steps:
        with hands.records.free_turn(step.subject) as mine:
            try:
                done += _prune_one(step, watch, hands, request, reporter) if mine else ()
            except (CommandFailed, Refused) as error:
                failed.append(f"{step.subject}: {error.message}")
            if not mine:
                reporter.note(f"{step.subject}: another envctl works on it, left alone")
    if failed:
        said = f"cannot remove {len(failed)} of {len(pruning.plan.steps)} playgrounds"
        raise CommandFailed(said, hint="see above; the same again tries anew", details=(*failed,))
    return tuple(done)


def _prune_one(
    planned: Step, watch: Watch, hands: Hands, request: PruneRequest, reporter: Reporter
) -> tuple[Step, ...]:
    """Look once more, as nobody else can change the playground now, and remove it."""
    name = planned.subject
    again = PruneRequest(request.now, request.older_than, name)
    pruning = prepare_prune(watch, again)
    if not (steps := pruning.plan.steps):
        reporter.note(f"{name}: in use again, left alone")
        return ()
    reporter.started(steps)
    for playground in pruning.removed:
        hands.records.keep(playground)  # until all of it is gone
        remains = observe_remains(hands.reader, name)
        demolish(plan_demolition(remains, "prune"), remains, hands.remover, _Quiet())
    hands.records.forget(name)
    reporter.finished(steps)
    return steps


def _candidate(found: Found, census: Census, engine: Surveyor, request: PruneRequest) -> Candidate:
    own = census.known.get(found.name)
    candidate = Candidate(found, own, request.now - max(own.used if own else 0, found.newest))
    limit = request.older_than
    if limit is None or own is None or candidate.is_awake or candidate.idle < limit:
        return candidate
    # when a container ended, the engine tells of each one by itself only
    changed = engine.last_change([c.id for c in found.containers])
    return Candidate(found, own, min(candidate.idle, request.now - changed))


def _by_containers(
    survey: Survey, remembered: Mapping[str, Iterable[str]]
) -> tuple[Playground, ...]:
    """Return what the registry may have lost, by containers that envctl created from here."""
    ours = {name: set(ids) for name, ids in remembered.items()}
    return tuple(
        Playground(one.name, "", next(iter(one.folders), ""), "")
        for one in playgrounds(survey)
        if ours.get(one.name, set()) & {c.id for c in one.containers}
    )


class _Quiet:
    """Hears what goes, thing by thing: the plan of `prune` has a step a playground."""

    def started(self, steps: Iterable[Step]) -> None:
        """Say nothing."""

    def finished(self, steps: Iterable[Step]) -> None:
        """Say nothing."""

    def output(self, line: str) -> None:
        """Say nothing."""

    def states(self, states: Iterable[object]) -> None:
        """Say nothing."""

    def copied(self, step: Step, done: int, total: int) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

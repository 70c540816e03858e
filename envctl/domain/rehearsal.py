"""What a rehearsal found out: what was asked and answered, and what that says; calls nothing.

| part   | what happens                                     | what its failures mean              |
|--------|--------------------------------------------------|-------------------------------------|
| before | the release that runs is up; the command is run  | nothing can be told by them         |
| deploy | the candidate takes over                         | users would see them                |
| after  | the candidate serves; the command is run         | users would see them                |
| back   | the rollback                                     | users would see them                |
| again  | the former release serves; the command is run    | its data did not survive the way    |
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.stage import Stage
    from envctl.domain.stage_record import StageState

_TROUBLES = 3
"""How many kinds of failures are told of a part."""


class Part(StrEnum):
    """The parts of a rehearsal, in their order."""

    BEFORE = "before"
    DEPLOY = "deploy"
    AFTER = "after"
    BACK = "back"
    AGAIN = "again"


@dataclass(frozen=True)
class Way:
    """A way in that is asked: a service, and where it answers."""

    service: str
    url: str


@dataclass(frozen=True)
class Asked:
    """One request: of which service, from when to when, and what was wrong; empty for nothing.

    Times are those of a steady clock, in seconds.
    """

    service: str
    began: float
    ended: float
    trouble: str = ""


@dataclass(frozen=True)
class Span:
    """When a part of the rehearsal was."""

    part: Part
    began: float
    ended: float


@dataclass(frozen=True)
class Failure:
    """Why a deploy or a rollback did not come to its end; `details` are further lines."""

    why: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What was seen in a part; `gap` is the longest time without an answer.

    `troubles` are the most frequent kinds of failures, each with how often it was seen.
    """

    part: Part
    seconds: float
    requests: int
    failed: int
    troubles: tuple[tuple[str, int], ...]
    gap: float


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal that came to its end: `candidate` was deployed over `current`, both versions.

    `passed` says how the command ended in the parts in which it was run.
    """

    stage: str
    current: str
    candidate: str
    seen: tuple[Seen, ...]
    passed: Mapping[Part, bool]
    deploy: Failure | None = None
    rollback: Failure | None = None

    def of(self, part: Part) -> Seen | None:
        """Return what was seen in a part; None where it was not come to."""
        return next((one for one in self.seen if one.part is part), None)

    @property
    def is_good(self) -> bool:
        """Whether nothing at all was found."""
        ended = self.deploy is None and self.rollback is None
        return ended and all(self.passed.values()) and not any(one.failed for one in self.seen)


def candidate_of(stage: Stage, states: Mapping[str, StageState], latest: str) -> str:
    """Return the release that may come to a stage next, where nobody has named one.

    It is what was promoted and does not run yet, else what the stage before runs, else `latest`.
    Refused where nothing comes from there.
    """
    state = states[stage.name]
    running = state.running.release if state.running else ""
    if state.promoted and state.promoted != running:
        return state.promoted
    if not stage.after:
        return latest
    before = states[stage.after].running
    if before is None:
        raise Refused(
            f"nothing comes to {stage.name} next: {stage.after} runs nothing yet",
            hint=f"envctl rehearse {stage.name} --release R -- COMMAND names a release",
        )
    return before.release


def require_running(stage: Stage, states: Mapping[str, StageState]) -> str:
    """Return the digest of the release that a stage runs; Refused where it runs none."""
    running = states[stage.name].running
    if running is None:
        raise Refused(
            f"{stage.name} runs nothing yet: there is nothing to deploy over, and no way back",
            hint="envctl up --from RELEASE tries a release out by itself",
        )
    return running.release


def require_other(stage: Stage, running: str, candidate: str, version: str) -> None:
    """Raise Refused where there is nothing to be rehearsed."""
    if candidate == running:
        raise Refused(
            f"{stage.name} runs {version} already: there is nothing to rehearse",
            hint=f"envctl rehearse {stage.name} --release R -- COMMAND tries another one",
        )


def seen_in(span: Span, asked: Iterable[Asked]) -> Seen:
    """Return what was seen in a part: requests count for the part in which they began."""
    every = [one for one in asked if span.began <= one.began < span.ended]
    failed = [one for one in every if one.trouble]
    kinds = Counter(f"{one.service}: {one.trouble}" for one in failed)
    return Seen(
        span.part,
        span.ended - span.began,
        len(every),
        len(failed),
        tuple(kinds.most_common(_TROUBLES)),
        max((_gap(span, ends) for ends in _answered(every).values()), default=0.0),
    )


def _answered(asked: Iterable[Asked]) -> dict[str, list[float]]:
    """Return by service when it answered; one that never did has nothing."""
    found: dict[str, list[float]] = {}
    for one in asked:
        ends = found.setdefault(one.service, [])
        if not one.trouble:
            ends.append(one.ended)
    return found


def _gap(span: Span, ends: list[float]) -> float:
    within = sorted(min(end, span.ended) for end in ends)
    edges = [span.began, *within, span.ended]
    return max(later - earlier for earlier, later in itertools.pairwise(edges))


def report(done: Rehearsed) -> tuple[str, ...]:
    """Return the report, for people: a line a part with its failures, then what all of it says."""
    lines = [f"rehearsal for {done.stage}: {done.candidate} over {done.current}"]
    for one in done.seen:
        lines.append(_line(done, one))
        lines += [f"    {count} x {kind}" for kind, count in one.troubles]
    return (*lines, *verdict(done))


def verdict(done: Rehearsed) -> tuple[str, ...]:
    """Return what a rehearsal says, a line for each question."""
    return (
        f"deploy: {_deploy(done)}",
        f"requests: {_requests(done)}",
        f"command: {_command(done)}",
        f"way back: {_way_back(done)}",
    )


def _line(done: Rehearsed, seen: Seen) -> str:
    failed = f"{seen.failed} failed" if seen.failed else "none failed"
    asked = f"{seen.requests} requests, {failed}" if seen.requests else "no requests"
    gap = f", at most {seen.gap:.2f} s without an answer" if seen.requests else ""
    return f"  {_called(done, seen.part)}: {seen.seconds:.1f} s, {asked}{gap}"


def _called(done: Rehearsed, part: Part) -> str:
    return {
        Part.BEFORE: f"{done.current} serves",
        Part.DEPLOY: f"deploy of {done.candidate}",
        Part.AFTER: f"{done.candidate} serves",
        Part.BACK: f"rollback to {done.current}",
        Part.AGAIN: f"{done.current} serves again",
    }[part]


def _deploy(done: Rehearsed) -> str:
    if done.deploy:
        return f"failed: {done.deploy.why}"
    seen = done.of(Part.DEPLOY)
    return f"ok, {seen.seconds:.1f} s" if seen else "ok"


def _requests(done: Rehearsed) -> str:
    every = sum(one.requests for one in done.seen)
    bad = [one for one in done.seen if one.failed]
    if not every:
        return "none: the stage has no way in"
    if not bad:
        return f"{every}, none failed"
    where = ", ".join(f"{one.failed} in: {_called(done, one.part)}" for one in bad)
    return f"{every}, {sum(one.failed for one in bad)} failed ({where})"


def _command(done: Rehearsed) -> str:
    if not done.passed.get(Part.BEFORE, True):
        return f"failed with {done.current} before anything was changed: it proves nothing"
    if Part.AFTER not in done.passed:
        return f"was not run with {done.candidate}, which did not come into service"
    word = "passed" if done.passed[Part.AFTER] else "failed"
    return f"{word} with {done.candidate}"


def _way_back(done: Rehearsed) -> str:
    if done.rollback:
        return (
            f"did not survive: {done.current} does not come back after {done.candidate}: "
            f"{done.rollback.why}"
        )
    began = f"the deploy of {done.candidate} that failed" if done.deploy else done.candidate
    if broken := [*_broken(done)]:
        return f"did not survive: after {began}, {done.current} {' and '.join(broken)}"
    return f"survived: after {began}, {done.current} {_proof(done)}"


def _broken(done: Rehearsed) -> Iterator[str]:
    """Yield what the former release did before, and does no more."""
    before, again = done.of(Part.BEFORE), done.of(Part.AGAIN)
    if again and again.failed and not (before and before.failed):
        first = again.troubles[0][0]
        yield f"fails {again.failed} of {again.requests} requests ({first})"
    if done.passed.get(Part.BEFORE) and not done.passed.get(Part.AGAIN, True):
        yield "does not pass the command any more"


def _proof(done: Rehearsed) -> str:
    before = done.of(Part.BEFORE)
    said = ["is healthy"]
    if before and before.requests:
        said.append("answers as badly as before" if before.failed else "answers as before")
    if done.passed.get(Part.BEFORE):
        said.append("passes the command")
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)

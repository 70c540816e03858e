"""The one-way rule: what a release needs before a stage may have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.stage_record import StageState
from envctl.domain.stage_state import ran_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envctl.domain.stage import Stage


@dataclass(frozen=True)
class Obstacle:
    """What forbids it, and what would allow it."""

    what: str
    allows: str

    def __str__(self) -> str:
        return f"{self.what}: {self.allows}"


def what_forbids(
    stage: Stage,
    release: str,
    version: str,
    states: Mapping[str, StageState],
    rejected: Mapping[str, str],
    now: str,
    *,
    hotfix: bool = False,
) -> tuple[Obstacle, ...]:
    """Return all that keeps the release with the digest `release` from `stage`.

    `states` has the stage before it, `now` is by the clock that the records' times are of. A
    hotfix goes past the stage before, never past a rejection.
    """
    found: list[Obstacle] = []
    if release in rejected:
        why = f" ({rejected[release]})" if rejected[release] else ""
        found.append(Obstacle(f"{version} was rejected{why}", "make another release"))
    if stage.after and not hotfix:
        found += _before(stage, release, version, states.get(stage.after, StageState()), now)
    return tuple(found)


def _before(
    stage: Stage, release: str, version: str, state: StageState, now: str
) -> Iterator[Obstacle]:
    ran = [run for run in state.runs if run.release == release]
    if not ran:
        yield Obstacle(
            f"{stage.after} has never run {version}",
            f"envctl promote {stage.after} --release {version}, then envctl deploy {stage.after}",
        )
        return
    left = stage.soak - ran_for(state, release, now)
    if left > 0:
        runs = state.running is not None and state.running.release == release
        yield Obstacle(
            f"{version} has to run on {stage.after} for {_span(stage.soak)}",
            f"wait for {_span(left)} more"
            + ("" if runs else f", with {version} running there: envctl deploy {stage.after}"),
        )
    if stage.requires_check:
        yield from _unchecked(stage, release, version, state)


def _unchecked(stage: Stage, release: str, version: str, state: StageState) -> Iterator[Obstacle]:
    check = next((one for one in state.checks if one.release == release), None)
    if check is None or not check.passed:
        said = "failed" if check else "was never made"
        yield Obstacle(
            f"the check of {version} on {stage.after} {said}",
            f"a check that passes: envctl check {stage.after} -- COMMAND",
        )


def _span(seconds: float) -> str:
    """Return a time as people say it, in its two largest units."""
    rest = int(-(-seconds // 1))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) if parts else "0 s"

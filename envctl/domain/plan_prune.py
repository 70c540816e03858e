"""Decide which playgrounds are to go; calls nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.overview import AWAKE, is_gone, is_near
from envctl.domain.plan import Action, Plan, Step, Wave
from envctl.domain.quantities import age

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from envctl.domain.playground import Playground
    from envctl.domain.survey import Found

NOT_OURS = "not made by envctl on this machine"
NOTHING_LEFT = "nothing of it is on the engine"


@dataclass(frozen=True)
class Candidate:
    """A playground on the engine; `own` is what this machine remembers of it, if anything.

    `idle` is how many seconds ago it was last used.
    """

    found: Found
    own: Playground | None = None
    idle: float = 0.0

    @property
    def is_awake(self) -> bool:
        """Whether something of it runs, or would by itself."""
        return any(c.state in AWAKE for c in self.found.containers)


@dataclass(frozen=True)
class Pruning:
    """What goes, by name why the rest is left alone, and what is known of what is removed."""

    plan: Plan
    left: Mapping[str, str]
    removed: tuple[Playground, ...] = ()


def plan_prune(
    candidates: Iterable[Candidate],
    notes: Mapping[str, str],
    missing: Collection[str],
    older_than: float | None = None,
) -> Pruning:
    """Return the steps after which no playground without a folder is left.

    With `older_than`, in seconds, those go too that do not run and were not used for that long.
    `missing` are the folders that do not exist. `notes` are playgrounds that this machine remembers
    and the engine has nothing of, each with its folder, which is empty where it is not known.
    """
    causes = [(c, _cause(c, missing, older_than)) for c in candidates]
    steps = [
        Step(Action.REMOVE, c.found.name, f"{cause}; {_content(c.found)}")
        for c, cause in causes
        if cause
    ]
    steps += [
        Step(Action.FORGET, name, _forgotten(folder))
        for name, folder in sorted(notes.items())
        if not folder or folder in missing
    ]
    return Pruning(
        Plan(waves=(Wave(tuple(steps)),) if steps else ()),
        {c.found.name: _reason(c, missing, older_than) for c, cause in causes if not cause},
        tuple(c.own for c, cause in causes if cause and c.own),
    )


def _cause(candidate: Candidate, missing: Collection[str], older_than: float | None) -> str:
    """Return why the playground goes; empty when it stays."""
    own = candidate.own
    if own is None:
        return ""
    if is_gone(candidate.found, own, missing):
        return f"its folder {own.folder} is gone"
    if older_than is None or candidate.is_awake or _elsewhere(candidate, own, missing):
        return ""
    return f"not used for {age(candidate.idle)}" if candidate.idle >= older_than else ""


def _reason(candidate: Candidate, missing: Collection[str], older_than: float | None) -> str:
    """Return why the playground stays."""
    own = candidate.own
    if own is None:
        return NOT_OURS
    if elsewhere := _elsewhere(candidate, own, missing):
        return f"started from {elsewhere} too"
    if older_than is None:
        return "its folder is there"
    return "it runs" if candidate.is_awake else f"used less than {age(older_than)} ago"


def _elsewhere(candidate: Candidate, own: Playground, missing: Collection[str]) -> str:
    """A folder that is none of the checkout's, so that somebody else may need the playground."""
    strange = (f for f in candidate.found.folders if not is_near(f, own) and f not in missing)
    return next(strange, "")


def _forgotten(folder: str) -> str:
    return f"{NOTHING_LEFT}, its folder {folder} is gone" if folder else NOTHING_LEFT


def _content(found: Found) -> str:
    running = sum(c.state == "running" for c in found.containers)
    awake = f" ({running} running)" if running else ""
    parts = [
        f"{_number(len(found.containers), 'container')}{awake}" if found.containers else "",
        _number(len(found.networks), "network") if found.networks else "",
        f"{_number(len(found.volumes), 'volume')} of data" if found.volumes else "",
    ]
    return ", ".join(part for part in parts if part)


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"

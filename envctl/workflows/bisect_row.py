"""The releases that a bisect is about, in a row: all of a project, or those that a stage ran."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from envctl.domain.release import BASE
from envctl.domain.stage_record import Kind
from envctl.errors import UsageError
from envctl.workflows.stage_release import running_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.workflows.ledger_look import LedgerLook
    from envctl.workflows.releases import NamedRelease, Shelf

Content = tuple[object, ...]
_SERVED = (Kind.DEPLOYED, Kind.ROLLED_BACK)


@dataclass(frozen=True)
class Candidate:
    """Releases in a row that run the same images by the same definition: one run tells of all."""

    content: Content
    releases: tuple[NamedRelease, ...]


@dataclass(frozen=True)
class ReleaseRow:
    """The releases of a project by the time of their commits; with `stage`, as that ran them."""

    shelf: Shelf
    ledger: LedgerLook
    stage: str = ""

    def between(self, good: str, bad: str) -> tuple[Candidate, ...]:
        """Return what lies between two releases, with both; each is named as for `diff`.

        UsageError where a name means none of them, or there is nothing to find.
        """
        oldest_first = self.shelf.all()[::-1]
        row = self._ran(oldest_first) if self.stage else _each_once(oldest_first)
        return candidates(row, self._meant(good, row), self._meant(bad, row), self.stage)

    def _ran(self, every: Iterable[NamedRelease]) -> tuple[NamedRelease, ...]:
        """Return those that the stage ran, each where it came first."""
        records = self.ledger.history(self.stage)
        if not records:
            running_release(self.ledger, self.shelf, self.stage)  # says what there is instead
        served = [r.event.release for r in reversed(records) if r.event.kind in _SERVED]
        known = {one.digest: one for one in every}
        return tuple(known[digest] for digest in dict.fromkeys(served) if digest in known)

    def _meant(self, said: str, row: Sequence[NamedRelease]) -> NamedRelease:
        is_stage = said in self.ledger.chains()
        find = self.shelf.find
        found = running_release(self.ledger, self.shelf, said) if is_stage else find(said)
        if found.digest not in {one.digest for one in row}:
            hint = f"envctl history {self.stage} shows what did"
            raise UsageError(f"{found.version} never ran on {self.stage}", hint=hint)
        return found


def _each_once(releases: Iterable[NamedRelease]) -> tuple[NamedRelease, ...]:
    """Return releases without their further versions."""
    found: dict[str, NamedRelease] = {}
    for one in releases:
        found.setdefault(one.digest, one)
    return tuple(found.values())


def candidates(
    releases: Sequence[NamedRelease], good: NamedRelease, bad: NamedRelease, stage: str = BASE
) -> tuple[Candidate, ...]:
    """Return what lies between two of the releases, which come the oldest first, with both.

    What is run is the definition of `stage`, where a release has it. UsageError where there is
    nothing to find.
    """
    order = [one.digest for one in releases]
    first, last = order.index(good.digest), order.index(bad.digest)
    if first == last:
        raise UsageError(f"{good.version} cannot be both good and bad")
    if first > last:
        raise UsageError(
            f"{good.version}, the good one, is newer than {bad.version}, the bad one",
            hint="bisect finds where it broke: give an older release as the good one",
        )
    within = groupby(releases[first : last + 1], lambda one: _content(one, stage))
    found = tuple(Candidate(content, tuple(same)) for content, same in within)
    if found[0].content == found[-1].content:
        raise UsageError(
            f"{good.version} and {bad.version} run the same images by the same definition",
            hint="what differs lies outside of the releases: settings, data, or the command",
        )
    return found


def _content(named: NamedRelease, stage: str) -> Content:
    """Return what makes a release run as it does; its commit is no part of that."""
    manifests = dict(named.release.definitions)
    images = sorted((sorted(i.services), i.digest) for i in named.release.images)
    definition = manifests.get(stage) or manifests.get(BASE)
    return (definition.digest if definition else "", *((*s, digest) for s, digest in images))

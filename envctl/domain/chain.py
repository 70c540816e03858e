"""The chain of a stage's records, as tags show it: its head, forks, gaps; and what links hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from envctl.domain.oci import short_hex
from envctl.domain.record_artifact import read_given_up_tag, read_record_tag, tag_of_record
from envctl.domain.record_format import record_digest
from envctl.domain.stage_record import StageState
from envctl.domain.stage_state import CannotFollowError, joined_state, next_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.domain.record_artifact import RecordTag
    from envctl.domain.stage_record import Record


@dataclass(frozen=True)
class Chain:
    """What a listing says of one stage.

    `tags` are in their order, without those that are `lost`. `given_up` are rows of numbers, each
    its first and last, that somebody went on without.
    """

    stage: str
    tags: tuple[RecordTag, ...] = ()
    lost: tuple[RecordTag, ...] = ()
    given_up: tuple[tuple[int, int], ...] = ()

    @property
    def head(self) -> RecordTag | None:
        """The last record; of several, any."""
        return self.tags[-1] if self.tags else None

    @property
    def forks(self) -> tuple[tuple[RecordTag, ...], ...]:
        """The records that have their number with others, the lowest number first."""
        by_number: dict[int, list[RecordTag]] = {}
        for tag in self.tags:
            by_number.setdefault(tag.sequence, []).append(tag)
        return tuple(tuple(group) for group in by_number.values() if len(group) > 1)

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The rows of numbers that are missing and were not given up, each its first and last."""
        numbers = [0, *(tag.sequence for tag in self.tags)]
        rows = ((one + 1, then - 1) for one, then in pairwise(numbers) if then > one + 1)
        return tuple(row for row in rows if not self._is_given_up(row))

    def at(self, sequence: int) -> tuple[RecordTag, ...]:
        """Return the records with this number."""
        return tuple(tag for tag in self.tags if tag.sequence == sequence)

    def knows(self, record: Record) -> bool:
        """Whether it has a record, be it as one that lost."""
        tag = tag_of_record(record)
        return tag in self.tags or tag in self.lost

    def _is_given_up(self, row: tuple[int, int]) -> bool:
        return any(first <= row[0] and row[1] <= last for first, last in self.given_up)


def chains(tags: Iterable[str]) -> dict[str, Chain]:
    """Return the chains that the tags of a repository make up, by stage."""
    found: dict[str, set[RecordTag]] = {}
    lost: dict[str, set[RecordTag]] = {}
    given_up: dict[str, list[tuple[int, int]]] = {}
    for text in tags:
        if row := read_given_up_tag(text):
            given_up.setdefault(row[0], []).append(row[1])
        elif read := read_record_tag(text):
            (lost if read[1] else found).setdefault(read[0].stage, set()).add(read[0])
    return {
        stage: Chain(
            stage,
            tuple(sorted(own - lost.get(stage, set()))),
            tuple(sorted(lost.get(stage, ()))),
            tuple(sorted(given_up.get(stage, ()))),
        )
        for stage, own in found.items()
    }


def trouble(chain: Chain) -> str:
    """Return what is wrong with the numbers of a chain; empty for nothing."""
    if chain.forks:
        first = chain.forks[0]
        both = " and ".join(tag.hex[:12] for tag in first)
        return f"its record {first[0].sequence} exists {len(first)} times: {both}"
    if chain.gaps:
        return f"its {missing(chain.gaps[0])}"
    return ""


def missing(row: tuple[int, int]) -> str:
    """Return in words that records are missing, from one number to another."""
    first, last = row
    return (
        f"record {first} is missing" if first == last else f"records {first} to {last} are missing"
    )


def broken_link(record: Record, before: Record | None) -> str:
    """Return why `record` cannot follow `before`, None for the first; empty when it can."""
    if record.previous != (record_digest(before) if before else ""):
        return f"record {record.sequence} does not follow the record before it"
    state = before.state if before else StageState()
    try:
        if record.late:
            led = joined_state(state, record.event, at=record.late.joined, known=known(before))
        else:
            led = next_state(state, record.event, record.at)
    except CannotFollowError as error:
        return f"record {record.sequence}: {error}"
    if led != record.state:
        return f"record {record.sequence} says another state than it leads to"
    return ""


def known(record: Record | None) -> str:
    """Return the last time by the registry's clock up to a record; empty before the first."""
    if record is None:
        return ""
    return record.late.joined if record.late else record.at


def first_broken(records: Sequence[Record], before: Record | None = None) -> str:
    """Return the first broken link of `records`, the oldest first; empty for none.

    Over a gap nothing links: whether it was given up is what `trouble` tells.
    """
    for record in records:
        is_after_gap = record.sequence > (before.sequence if before else 0) + 1
        if not is_after_gap and (said := broken_link(record, before)):
            return said
        before = record
    return ""


def follows(tag: RecordTag, record: Record) -> bool:
    """Whether `record` says that it follows the one with this tag."""
    return short_hex(record.previous) == tag.hex

"""What mends a ledger that is not sound: a fork decided, records put back, what is gone given up.

Nothing is ever removed. A record that lost, or leads nowhere, stays with one more tag that says so;
records that are nowhere are given up by a record that says so for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.chain import follows, missing
from envctl.domain.record_artifact import pointer_tag, tag_of_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.domain.chain import Chain
    from envctl.domain.record_artifact import RecordTag
    from envctl.domain.stage_record import Record


@dataclass(frozen=True)
class Found:
    """A record that the chain does not have, and why it is known all the same."""

    record: Record
    why: str


@dataclass(frozen=True)
class LedgerRepair:
    """What is to be done to a ledger.

    `branches` are the records of a fork that is to be decided, `lost` those of a fork that do not
    hold. `back` are put back, the oldest first. `missing` are rows of numbers and `astray` records
    that can only be given up. `head` is the last record then; the pointer is `torn` where it names
    another one.
    """

    stage: str
    branches: tuple[Record, ...] = ()
    lost: tuple[RecordTag, ...] = ()
    back: tuple[Found, ...] = ()
    missing: tuple[tuple[int, int], ...] = ()
    astray: tuple[Found, ...] = ()
    head: Record | None = None
    torn: bool = False

    def __bool__(self) -> bool:
        return bool(self.lost or self.back or self.gives_up or self.torn)

    def __str__(self) -> str:
        lines = [f"mark {tag} as lost: it stays in the registry as {tag.lost}" for tag in self.lost]
        lines += [f"put record {one.record.sequence} back: {one.why}" for one in self.back]
        lines += [f"give up, recorded for ever: {said}" for said in self.given_up]
        if self.head and self.torn:
            name, number = pointer_tag(self.stage), self.head.sequence
            lines.append(f"point {name} to record {number}, the last one")
        return "\n".join(lines)

    @property
    def gives_up(self) -> bool:
        """Whether anything of the history is lost by it."""
        return bool(self.missing or self.astray)

    @property
    def given_up(self) -> tuple[str, ...]:
        """What is given up, in words; the same words for the same."""
        return (*map(missing, self.missing), *map(_astray, self.astray))


def _astray(one: Found) -> str:
    tag = tag_of_record(one.record)
    return (
        f"record {one.record.sequence} ({one.record.event.kind} {one.record.event.version}), "
        f"which does not follow the others, is kept as {tag.lost}"
    )


def leads_on(chain: Chain, line: Sequence[Record]) -> bool:
    """Whether a line of records, the newest first, follows what a chain has before it, if any."""
    before = chain.at(line[-1].sequence - 1)
    return not before or any(follows(tag, line[-1]) for tag in before)


def with_records(chain: Chain, records: Iterable[Record]) -> Chain:
    """Return a chain with further records in it."""
    tags = {*chain.tags, *map(tag_of_record, records)}
    return replace(chain, tags=tuple(sorted(tags)))

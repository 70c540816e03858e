"""Look for the records that a chain does not have: most of them are somewhere still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.ledger_repair import Found, leads_on
from envctl.domain.record_artifact import pointer_tag, tag_of_record
from envctl.domain.record_format import parse_record
from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.chain import Chain
    from envctl.domain.stage_record import Record
    from envctl.workflows.ledger_look import LedgerLook, Sight

_LIMIT = 4 << 20


@dataclass(frozen=True)
class LedgerSearch:
    """Searches what the target keeps, what the pointer names, and the registry's content.

    A record names the one before it by its digest, under which the registry has it until it
    collects what no tag names.
    """

    ledger: LedgerLook

    def search(self, seen: Sight) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
        """Return the records that belong into the chain, and those that do not follow it."""
        back: dict[str, Found] = {}
        astray: dict[str, Found] = {}
        for found in self._known(seen):
            line = [found, *self._before(found.record, seen.chain)]
            if leads_on(seen.chain, [one.record for one in line]):
                back |= _by_tag(line)
            else:
                astray |= _by_tag([found])
        for line in self._lines_in_gaps(seen.chain):
            if leads_on(seen.chain, [one.record for one in line]):
                back |= _by_tag(line)
        by_number = sorted(back.values(), key=lambda one: one.record.sequence)
        return tuple(by_number), tuple(astray.values())

    def _known(self, seen: Sight) -> Iterator[Found]:
        """Yield last records that the chain does not have."""
        chain, kept, pointed = seen.chain, seen.kept, seen.pointed
        if kept and not chain.knows(kept):
            yield Found(kept, "the target keeps it")
        last = chain.head.sequence if chain.head else 0
        is_ahead = pointed and pointed.stage == chain.stage and pointed.sequence > last
        if pointed and is_ahead and not chain.knows(pointed):
            yield Found(pointed, f"{pointer_tag(chain.stage)} names it still")

    def _lines_in_gaps(self, chain: Chain) -> Iterator[list[Found]]:
        for _, last in chain.gaps:
            for tag in chain.at(last + 1):
                if line := [*self._before(self.ledger.record(tag), chain)]:
                    yield line

    def _before(self, record: Record, chain: Chain) -> Iterator[Found]:
        """Yield the records before one, the newest first, down to where the chain has some."""
        while record.sequence > 1 and not chain.at(record.sequence - 1):
            before = self._content(record)
            if before is None:
                return
            yield Found(before, "the registry has its content still")
            record = before

    def _content(self, after: Record) -> Record | None:
        """Return the record that `after` names as the one before it, where it can be had."""
        registry, repository = self.ledger.registry, self.ledger.place.repository
        if not registry.has_blob(repository, after.previous):
            return None
        try:
            data = registry.blob(repository, after.previous, _LIMIT)
            found = parse_record(data, self.ledger.place.reference(after.previous))
        except Failed:
            return None
        same = (found.stage, found.sequence) == (after.stage, after.sequence - 1)
        return found if same else None


def _by_tag(line: list[Found]) -> dict[str, Found]:
    return {str(tag_of_record(one.record)): one for one in line}

"""Look at the ledger of a stage that is not sound, and mend what can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.chain import follows
from envctl.domain.ledger_repair import LedgerRepair, with_records
from envctl.domain.record_artifact import (
    PROJECT,
    given_up_tag,
    pointer_tag,
    record_artifact,
    tag_of_record,
)
from envctl.domain.record_format import record_bytes
from envctl.errors import Refused, UsageError
from envctl.workflows.ledger_search import LedgerSearch

if TYPE_CHECKING:
    from envctl.domain.chain import Chain
    from envctl.domain.record_artifact import RecordTag
    from envctl.domain.stage_record import Record
    from envctl.workflows.ledger import RegistryLedger
    from envctl.workflows.ledger_look import Sight


@dataclass(frozen=True)
class LedgerMender:
    """Mends the ledgers of a project; that of a stage with its target open."""

    ledger: RegistryLedger

    def plan(self, stage: str, keep: str = "") -> LedgerRepair:
        """Return what is to be done; `keep` begins the digest of the record of a fork that holds.

        A fork comes before all else; what is missing is for the next call.
        """
        seen = self.ledger.sight(stage)
        if seen.chain.forks and stage != PROJECT:  # of rejections all branches count
            return self._decided(seen, keep)
        if keep:
            raise UsageError(
                f"the ledger of {stage} has no fork, so --keep means nothing",
                hint=f"envctl ledger repair {stage} says what there is to do",
            )
        return self._completed(seen)

    def mend(self, repair: LedgerRepair, reason: str = "") -> None:
        """Do it; can be repeated. Nothing is removed: what lost has one more tag that says so.

        Of a fork the last goes first, so that one that is half decided is a fork still. What is
        given up is recorded before it is marked, so that there is a record of it in any case.
        """
        registry = self.ledger.registry
        for tag in reversed(repair.lost):
            manifest = registry.manifest(self._repository, str(tag))
            if manifest:
                registry.put_manifest(self._repository, tag.lost, manifest)
        for found in repair.back:
            self._put(found.record, str(tag_of_record(found.record)))
        head = self._give_up(repair, reason) if repair.gives_up else repair.head
        if head and (repair.torn or repair.gives_up):
            self._put(head, pointer_tag(repair.stage))

    def _give_up(self, repair: LedgerRepair, reason: str) -> Record:
        """Return the record that says so."""
        said = "; ".join(repair.given_up)
        record = self.ledger.give_up(repair.stage, repair.head, said, reason)
        for row in repair.missing:
            self._put(record, given_up_tag(repair.stage, row))
        for found in repair.astray:
            self._put(found.record, tag_of_record(found.record).lost)
        return record

    def _put(self, record: Record, tag: str) -> None:
        manifest, blobs = record_artifact(record_bytes(record))
        for blob in blobs:
            self.ledger.registry.put_blob(self._repository, blob.data)
        self.ledger.registry.put_manifest(self._repository, tag, manifest)

    @property
    def _repository(self) -> str:
        return self.ledger.place.repository

    def _completed(self, seen: Sight) -> LedgerRepair:
        """Return what puts records back that are somewhere still."""
        back, astray = LedgerSearch(self.ledger).search(seen)
        records = {tag_of_record(one.record): one.record for one in back}
        whole = with_records(seen.chain, records.values())
        last = whole.head
        head = (records.get(last) or self.ledger.record(last)) if last else None
        return LedgerRepair(
            seen.chain.stage,
            back=back,
            missing=whole.gaps,
            astray=astray,
            head=head,
            torn=seen.pointed != head,
        )

    def _decided(self, seen: Sight, keep: str) -> LedgerRepair:
        """Return what decides a fork; what there is to choose from where nothing is kept."""
        chain = seen.chain
        if not keep:
            return LedgerRepair(chain.stage, tuple(map(self.ledger.record, chain.forks[0])))
        lost = self._losers(chain, keep)
        head = self.ledger.record([tag for tag in chain.tags if tag not in lost][-1])
        return LedgerRepair(chain.stage, lost=lost, head=head, torn=seen.pointed != head)

    def _losers(self, chain: Chain, keep: str) -> tuple[RecordTag, ...]:
        """Return all from the first fork on that neither leads to the kept record nor follows it.

        Further forks in what follows it are decided by a call of their own.
        """
        first = chain.forks[0]
        digits = keep.removeprefix("sha256:")
        chosen = [tag for tag in first if len(digits) >= 6 and tag.hex.startswith(digits)]
        if len(chosen) != 1:
            known = ", ".join(tag.hex[:12] for tag in first)
            raise UsageError(f"--keep: {keep!r} is none of them", hint=f"there are: {known}")
        line = set(chosen)
        for tag in chain.tags:
            if tag.sequence > first[0].sequence and self._is_of(line, tag, chain):
                line.add(tag)
        return tuple(t for t in chain.tags if t.sequence >= first[0].sequence and t not in line)

    def _is_of(self, line: set[RecordTag], tag: RecordTag, chain: Chain) -> bool:
        """Whether a record follows one of a line; over a gap nobody can say that it does not."""
        before, record = chain.at(tag.sequence - 1), self.ledger.record(tag)
        return not before or any(one in line and follows(one, record) for one in before)


def require_whole(repair: LedgerRepair) -> None:
    """Raise Refused where a repair gives records up, which somebody has to want."""
    if repair.gives_up:
        raise Refused(
            f"the ledger of {repair.stage} cannot be made whole from here: "
            f"{'; '.join(repair.given_up)}",
            hint="bring the registry's data back from a backup, or go on without them: "
            f"envctl ledger repair {repair.stage} --give-up --reason TEXT",
        )


def tag_text(record: Record) -> str:
    """Return the first digits of a record's digest, by which people name it."""
    return tag_of_record(record).hex[:12]

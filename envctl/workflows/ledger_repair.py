"""Look at the ledger of a stage that is not sound, and mend what can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.oci import short_hex
from envctl.domain.record_artifact import pointer_tag, record_artifact, tag_of_record
from envctl.domain.record_format import record_bytes
from envctl.errors import Refused, UsageError

if TYPE_CHECKING:
    from envctl.domain.chain import Chain
    from envctl.domain.record_artifact import RecordTag
    from envctl.domain.stage_record import Record
    from envctl.ports.images import ImageRegistry
    from envctl.workflows.ledger_look import LedgerLook


@dataclass(frozen=True)
class LedgerRepair:
    """What is to be done to a ledger.

    `branches` are the records of a fork that is to be decided, `lost` those that do not hold, and
    `pointer` is what the pointer is to name, None where it does.
    """

    stage: str
    branches: tuple[Record, ...] = ()
    lost: tuple[RecordTag, ...] = ()
    pointer: Record | None = None

    def __bool__(self) -> bool:
        return bool(self.lost or self.pointer)

    def __str__(self) -> str:
        lines = [f"mark {tag} as lost: it stays in the registry as {tag.lost}" for tag in self.lost]
        if self.pointer:
            name, number = pointer_tag(self.stage), self.pointer.sequence
            lines.append(f"point {name} to record {number}, the last one")
        return "\n".join(lines)


@dataclass(frozen=True)
class LedgerMender:
    """Mends the ledgers of a project."""

    look: LedgerLook
    registry: ImageRegistry

    def plan(self, stage: str, keep: str = "") -> LedgerRepair:
        """Return what is to be done; `keep` begins the digest of the record of a fork that holds.

        Refused for a record that is missing, which nobody can bring back from here.
        """
        seen = self.look.sight(stage)
        chain = seen.chain
        if chain.gaps:
            raise Refused(
                f"record {chain.gaps[0]} of {stage} is missing in the registry",
                hint="bring the registry's data back from a backup: its tag begins with "
                f"p.{stage}.{chain.gaps[0]:08}",
            )
        if chain.forks and not keep:
            first = chain.forks[0]
            return LedgerRepair(stage, tuple(map(self.look.record, first)))
        lost = self._losers(chain, keep) if keep else ()
        left = [tag for tag in chain.tags if tag not in lost]
        head = self.look.record(left[-1]) if left else None
        torn = head is not None and seen.pointed != head
        return LedgerRepair(stage, lost=lost, pointer=head if torn else None)

    def mend(self, repair: LedgerRepair) -> None:
        """Do it; can be repeated. Nothing is removed: what lost has one more tag that says so.

        The last goes first, so that a fork that is half decided is a fork still.
        """
        repository = self.look.place.repository
        for tag in reversed(repair.lost):
            manifest = self.registry.manifest(repository, str(tag))
            if manifest:
                self.registry.put_manifest(repository, tag.lost, manifest)
        if repair.pointer:
            manifest, _ = record_artifact(record_bytes(repair.pointer))
            self.registry.put_manifest(repository, pointer_tag(repair.stage), manifest)

    def _losers(self, chain: Chain, keep: str) -> tuple[RecordTag, ...]:
        """Return all from the first fork on that neither leads to the kept record nor follows it.

        Further forks in what follows it are decided by a call of their own.
        """
        if not chain.forks:
            raise UsageError(f"the ledger of {chain.stage} has no fork, so --keep means nothing")
        first = chain.forks[0]
        digits = keep.removeprefix("sha256:")
        chosen = [tag for tag in first if len(digits) >= 6 and tag.hex.startswith(digits)]
        if len(chosen) != 1:
            known = ", ".join(tag.hex[:12] for tag in first)
            raise UsageError(f"--keep: {keep!r} is none of them", hint=f"there are: {known}")
        line = set(chosen)
        for tag in chain.tags:
            if tag.sequence > first[0].sequence:
                before = short_hex(self.look.record(tag).previous)
                if any(t.hex == before and t.sequence == tag.sequence - 1 for t in line):
                    line.add(tag)
        return tuple(t for t in chain.tags if t.sequence >= first[0].sequence and t not in line)


def tag_text(record: Record) -> str:
    """Return the first digits of a record's digest, by which people name it."""
    return tag_of_record(record).hex[:12]

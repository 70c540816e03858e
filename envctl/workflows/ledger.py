"""Add records to the ledgers of a project's stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.chain import known, trouble
from envctl.domain.record_artifact import PROJECT, pointer_tag, record_artifact, tag_of_record
from envctl.domain.record_format import record_bytes, record_digest
from envctl.domain.stage_record import Event, Kind, Late, Record, StageState
from envctl.domain.stage_state import CannotFollowError, joined_state, next_state
from envctl.errors import Refused, Unreachable, UnsoundLedger
from envctl.workflows.ledger_look import LedgerLook

if TYPE_CHECKING:
    from envctl.domain.stage_record import Who
    from envctl.ports.images import ImageRegistry
    from envctl.workflows.kept_ledger import KeptLedger


@dataclass(frozen=True, kw_only=True)
class RegistryLedger(LedgerLook):
    """The ledgers of a project, for somebody who may write to them.

    A record is there with its own tag, at one moment; all before that leaves nothing to be seen,
    and all after it is done again by the next record.
    """

    registry: ImageRegistry
    who: Who
    kept: KeptLedger | None = None

    def append(self, stage: str, event: Event) -> Record:
        """Add a record; see the port."""
        kept = self.kept if self._keeps(stage) else None
        try:
            record = self._following(stage, self.join(stage), event, self.now())
        except (Unreachable, UnsoundLedger) as error:
            tip = self.instead(stage, error)
            record = self._following(stage, tip, event, self.clock())
            if kept:
                kept.add(record)
            return record
        try:
            self._put(record)
        except Unreachable:  # it may have come or not: the same bytes are recognised later
            if kept is None:
                raise
            kept.add(record)
            return record
        if kept:
            kept.keep(record)
        return record

    def reject(self, event: Event) -> Record:
        """Reject a release for good; two at once make two branches, and both count."""
        chain = self.rejections()
        last = self.record(chain.head) if chain.head else None
        record = self._following(PROJECT, last, event, self.now())
        self._put(record)
        return record

    def give_up(self, stage: str, last: Record | None, given_up: str, reason: str) -> Record:
        """Add a record after `last` that others are given up, however the chain is.

        One that says the same is not repeated: the command that wrote it was cut short.
        """
        event = Event(Kind.GIVEN_UP, reason=reason, outcome=given_up)
        if last and (last.event.kind, last.event.outcome) == (event.kind, event.outcome):
            return last
        record = self._following(stage, last, event, self.now())
        self._put(record)
        if self.kept and self._keeps(stage):
            self.kept.keep(record)
        return record

    def join(self, stage: str) -> Record | None:
        """Let the records that the target keeps join the chain; returns the last record then."""
        seen = self.sight(stage)
        chain, last = seen.chain, self.last(seen)
        if not self.kept or not self._keeps(stage):
            return last
        for path, record in self.kept.pending():
            if not self.has_joined(record, last, chain):
                last = self._late(last, record)
                self._put(last)
                chain = self.chain(stage)
            if last:
                self.kept.keep(last)
            self.kept.drop(path)
        return last

    def _following(self, stage: str, last: Record | None, event: Event, at: str) -> Record:
        state = last.state if last else StageState()
        try:
            led = next_state(state, event, at)
        except CannotFollowError as error:
            raise Refused(f"{stage}: {error}", hint=error.allows) from None
        return Record(
            project=self.project,
            stage=stage,
            sequence=last.sequence + 1 if last else 1,
            previous=record_digest(last) if last else "",
            at=at,
            who=self.who,
            event=event,
            replaced=state.running,
            state=led,
        )

    def _late(self, last: Record | None, kept: Record) -> Record:
        state, joined = last.state if last else StageState(), self.now()
        return Record(
            project=self.project,
            stage=kept.stage,
            sequence=last.sequence + 1 if last else 1,
            previous=record_digest(last) if last else "",
            at=kept.at,
            who=kept.who,
            event=kept.event,
            replaced=state.running,
            state=joined_state(state, kept.event, at=joined, known=known(last)),
            late=Late(record_digest(kept), joined),
        )

    def _put(self, record: Record) -> None:
        """Put a record, see whether it is the only one of its number, then move the pointer."""
        repository, tag = self.place.repository, tag_of_record(record)
        manifest, blobs = record_artifact(record_bytes(record))
        for blob in blobs:
            self.registry.put_blob(repository, blob.data)
        self.registry.put_manifest(repository, str(tag), manifest)
        if record.stage != PROJECT:
            self._require_alone(record)
        self.registry.put_manifest(repository, pointer_tag(record.stage), manifest)

    def _require_alone(self, record: Record) -> None:
        chain, own = self.chain(record.stage), tag_of_record(record)
        others = [tag for tag in chain.at(record.sequence) if tag != own]
        if not others:
            return
        other = self.record(others[0])
        raise Refused(
            f"somebody else wrote to the ledger of {record.stage} at the same time: "
            f"{trouble(chain)}",
            hint=f"envctl ledger repair {record.stage} shows both and asks which one holds",
            details=(
                f"yours, {own.hex[:12]}: {record.event.kind} {record.event.version}",
                f"theirs, {others[0].hex[:12]}: {other.event.kind} {other.event.version}, "
                f"by {other.who.user} at {other.who.machine}",
            ),
        )

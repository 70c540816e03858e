"""Read the ledgers of a project's stages from its registry."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.chain import (
    Chain,
    chains,
    first_broken,
    follows,
    known,
    missing,
    trouble,
)
from envctl.domain.record_artifact import PROJECT, pointer_tag, record_layer, tag_of_record
from envctl.domain.record_format import parse_record, record_digest
from envctl.domain.stage_record import StageState
from envctl.domain.stage_state import joined_state
from envctl.errors import Failed, Unreachable, UnsoundLedger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from envctl.domain.record_artifact import RecordTag
    from envctl.domain.registry_place import RegistryPlace
    from envctl.domain.stage_record import Record
    from envctl.ports.images import ImageRegistryReader
    from envctl.workflows.kept_ledger import KeptLedgerReader

_LIMIT = 4 << 20
_AT_ONCE = 8


@dataclass(frozen=True)
class Sight:
    """What a registry shows of a stage: its chain, and what its pointer named before.

    `kept` is the last record that the stage's target had before that.
    """

    chain: Chain
    pointed: Record | None
    kept: Record | None = None


@dataclass(frozen=True, kw_only=True)
class LedgerLook:
    """Reads the chains of `project`; `kept` is what the target of one stage has of its own.

    `clock` is this machine's, for a registry that does not say what time it is. With `doubted`,
    which is told why, what the target keeps counts instead of a chain that is not sound: for a
    look at the stage, and for a rollback, which has to work all the same.
    """

    registry: ImageRegistryReader
    place: RegistryPlace
    project: str
    clock: Callable[[], str]
    kept: KeptLedgerReader | None = None
    doubted: Callable[[UnsoundLedger], None] | None = None

    def now(self) -> str:
        """Return the time by the clock that records are made with: the registry's own."""
        return self.registry.time() or self.clock()

    def head(self, stage: str) -> Record | None:
        """Return the last record of a stage; see the port."""
        try:
            return self.last(self.sight(stage))
        except (Unreachable, UnsoundLedger) as error:
            return self.instead(stage, error)

    def state(self, stage: str) -> StageState:
        """Return where a stage is; see the port."""
        return self.states([stage])[stage]

    def states(self, stages: Iterable[str]) -> Mapping[str, StageState]:
        """Return where stages are, from one listing; see the port."""
        wanted = tuple(stages)
        try:
            return {stage: self._state(seen) for stage, seen in self.sights(wanted).items()}
        except (Unreachable, UnsoundLedger) as error:
            return {stage: self.instead(stage, error).state for stage in wanted}

    def history(self, stage: str, limit: int = 0) -> tuple[Record, ...]:
        """Return the records of a stage, the newest first; see the port."""
        seen = self.sight(stage)
        self.last(seen)
        # one more than wanted, so that the link to it can be verified
        tags = seen.chain.tags[-(limit + 1) :] if limit else seen.chain.tags
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            oldest = [*pool.map(self.record, tags)]
        whole = len(tags) == len(seen.chain.tags)
        said = first_broken(oldest) if whole else first_broken(oldest[1:], oldest[0])
        if said:
            raise _unsound(stage, said)
        return tuple(reversed(oldest[-limit:] if limit else oldest))

    def waiting(self, stage: str) -> int:
        """Return how many records the target keeps; see the port."""
        return len(self.kept.pending()) if self.kept and self._keeps(stage) else 0

    def rejected(self) -> dict[str, str]:
        """Return the digests of releases that were rejected for good, with the reasons.

        Two that reject at once are both right: all branches count.
        """
        chain = self.rejections()
        tags = {tag for group in chain.forks for tag in group}
        tags |= {chain.head} if chain.head else set()
        states = (self.record(tag).state for tag in sorted(tags))
        return {release: why for state in states for release, why in state.rejected}

    def rejections(self) -> Chain:
        """Return the project's own chain; Refused where a record of it is missing."""
        seen = self.sight(PROJECT)
        if seen.chain.gaps:
            raise _unsound(PROJECT, f"its {missing(seen.chain.gaps[0])}")
        _compare(seen.chain, seen.pointed)
        return seen.chain

    def chains(self) -> dict[str, Chain]:
        """Return all chains, as one listing shows them."""
        return chains(self.registry.tags(self.place.repository))

    def chain(self, stage: str) -> Chain:
        """Return the chain of a stage."""
        return self.chains().get(stage, Chain(stage))

    def sight(self, stage: str) -> Sight:
        """Return what the registry shows of a stage."""
        return self.sights([stage])[stage]

    def sights(self, stages: Iterable[str]) -> Mapping[str, Sight]:
        """Return what the registry shows of stages.

        What the target keeps comes first, then the pointers, so that each is behind the next.
        """
        if not (stages := tuple(stages)):
            return {}
        kept = {s: self.kept.head() for s in stages if self.kept and self._keeps(s)}
        pointed = {stage: self.pointed(stage) for stage in stages}
        every = self.chains()
        return {s: Sight(every.get(s, Chain(s)), pointed[s], kept.get(s)) for s in stages}

    def last(self, seen: Sight) -> Record | None:
        """Return the last record of a chain; Refused where the chain is not sound."""
        chain = seen.chain
        if said := trouble(chain):
            raise _unsound(chain.stage, said)
        last = self._head(seen)
        _compare(chain, seen.pointed)
        if seen.kept and not chain.knows(seen.kept):
            raise _unsound(
                chain.stage,
                f"its record {seen.kept.sequence}, which the target knows, is not in the registry "
                f"{self.place.host}",
            )
        before = chain.at(last.sequence - 1) if last else ()  # none over a gap
        if last and before and not follows(before[0], last):
            raise _unsound(chain.stage, f"record {last.sequence} does not follow the one before it")
        return last

    def before(self, record: Record, chain: Chain) -> Record | None:
        """Return the record before one that is not the first; None where it was given up."""
        tags = chain.at(record.sequence - 1)
        for tag in tags:
            if follows(tag, record):
                return self.record(tag)
        if not tags:
            return None
        said = f"record {record.sequence} does not follow the one before it"
        raise _unsound(chain.stage, said)

    def record(self, tag: RecordTag) -> Record:
        """Return the record that a tag names; Refused when it is another one."""
        return self._own(self._read(str(tag)), tag)

    def _own(self, record: Record | None, tag: RecordTag) -> Record:
        if record is None or tag_of_record(record) != tag or record.project != self.project:
            raise _unsound(tag.stage, f"{self.place.tagged(str(tag))} is not what its name says")
        return record

    def pointed(self, stage: str) -> Record | None:
        """Return the record that a stage's pointer names; None where it names none."""
        try:
            return self._read(pointer_tag(stage))
        except Failed:  # torn, or something else's: it is rebuilt with the next record
            return None

    def unjoined(self, last: Record | None, chain: Chain) -> Iterator[tuple[str, Record]]:
        """Yield what the target keeps for the chain and it does not have yet, with the files."""
        for path, record in self.kept.pending() if self._keeps(chain.stage) and self.kept else ():
            if not self.has_joined(record, last, chain):
                yield path, record

    def has_joined(self, kept: Record, last: Record | None, chain: Chain) -> bool:
        """Whether a record that was kept on the target is in the chain.

        Nothing joins before its number, so only what is not older is read.
        """
        digest, one = record_digest(kept), last
        while one is not None and one.sequence >= kept.sequence:
            if digest in (record_digest(one), one.late.kept if one.late else ""):
                return True
            one = self.before(one, chain) if one.sequence > 1 else None
        return False

    def _head(self, seen: Sight) -> Record | None:
        head, named = seen.chain.head, seen.pointed
        if head is None or named is None or tag_of_record(named) != head:
            return self.record(head) if head else None
        return self._own(named, head)

    def _state(self, seen: Sight) -> StageState:
        chain, last = seen.chain, self.last(seen)
        state = last.state if last else StageState()
        for _, record in self.unjoined(last, chain):
            state = joined_state(state, record.event, at=record.at, known=known(last))
        return state

    def _keeps(self, stage: str) -> bool:
        return self.kept is not None and self.kept.stage == stage

    def instead(self, stage: str, error: Unreachable | UnsoundLedger) -> Record:
        """Return the last record that the target keeps, where it may count; else raise `error`."""
        kept = self.kept if self._keeps(stage) else None
        unsound = error if isinstance(error, UnsoundLedger) else None
        if kept is None or (unsound and not self.doubted) or (tip := kept.tip()) is None:
            raise error
        if unsound and self.doubted:
            self.doubted(unsound)
        return tip

    def _read(self, tag: str) -> Record | None:
        repository, where = self.place.repository, self.place.tagged(tag)
        manifest = self.registry.manifest(repository, tag)
        if manifest is None:
            return None
        try:
            layer = record_layer(manifest)
        except ValueError:
            raise Failed(f"{where} is no record", hint="somebody moved the tag") from None
        return parse_record(self.registry.blob(repository, layer, _LIMIT), where)


def _compare(chain: Chain, pointed: Record | None) -> None:
    """Refuse where the pointer is ahead: the list is behind, or the last record is gone."""
    if pointed is None or pointed.stage != chain.stage or chain.knows(pointed):
        return
    if pointed.sequence > (chain.head.sequence if chain.head else 0):
        raise _unsound(chain.stage, f"its record {pointed.sequence} is not listed")


def _unsound(stage: str, said: str) -> UnsoundLedger:
    whose = "the project's list of rejections" if stage == PROJECT else f"the ledger of {stage}"
    hint = f"envctl ledger repair {stage} shows more and says what can be done"
    return UnsoundLedger(f"{whose} is not sound: {said}", hint=hint)

"""What a target keeps of its stage's ledger: for a rollback with the registry gone.

ledger/head              the last record that was read from the registry
ledger/pending/00000001  records that were made since, and have to join the chain
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.record_format import parse_record, record_bytes
from envctl.errors import Failed

if TYPE_CHECKING:
    from envctl.domain.stage_record import Record
    from envctl.ports.target import StageStore, StageStoreReader

_HEAD, _PENDING = "ledger/head", "ledger/pending"


@dataclass(frozen=True)
class KeptLedgerReader:
    """Reads what the target of `stage` keeps."""

    stage: str
    store: StageStoreReader

    def head(self) -> Record | None:
        """Return the last record that was read from the registry; None for none, or a torn one."""
        try:
            return self._head()
        except Failed:  # the next record puts another one there
            return None

    def tip(self) -> Record | None:
        """Return the last record that is known here; None where nothing is kept."""
        pending = self.pending()
        if pending:
            return pending[-1][1]
        return self._head()

    def pending(self) -> tuple[tuple[str, Record], ...]:
        """Return the records that have to join the chain, the oldest first, with their files."""
        paths = [f"{_PENDING}/{name}" for name in self.store.names(_PENDING)]
        found = ((path, self.store.read(path)) for path in paths)
        return tuple((path, parse_record(data, self._where(path))) for path, data in found if data)

    def _head(self) -> Record | None:
        data = self.store.read(_HEAD)
        return None if data is None else parse_record(data, self._where(_HEAD))

    def _where(self, path: str) -> str:
        return f"{path}, which the target of {self.stage} keeps,"


@dataclass(frozen=True)
class KeptLedger(KeptLedgerReader):
    """The same, and writes; whoever calls it holds the lock of the stage."""

    store: StageStore

    def keep(self, head: Record) -> None:
        """Keep the last record of the chain."""
        self.store.write({_HEAD: record_bytes(head)})

    def add(self, record: Record) -> None:
        """Keep a record that the registry does not have."""
        last = max((int(name) for name in self.store.names(_PENDING)), default=0)
        self.store.write({f"{_PENDING}/{last + 1:08}": record_bytes(record)})

    def drop(self, path: str) -> None:
        """Forget a record that has joined the chain."""
        self.store.remove(path)

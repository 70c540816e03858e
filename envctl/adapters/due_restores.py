"""Restores that are due: a small file a playground, written before anything is changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from envctl.adapters.memory import keep_promise
from envctl.adapters.registry import FileRegistry
from envctl.domain.restore import Due

if TYPE_CHECKING:
    from collections.abc import Sequence


class FileDueRestores:
    """Reads which volumes of a playground are due; an unreadable file counts as none."""

    def __init__(self, engine: str, playground: str) -> None:
        self._path = FileRegistry(engine).path(playground, "due")

    def due(self) -> tuple[Due, ...]:
        """Return them, sorted by volume."""
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            return tuple(Due(**row) for row in rows)
        except (OSError, ValueError, TypeError):
            return ()


class WritableFileDueRestores(FileDueRestores):
    """The same, and writes them down."""

    def write(self, due: Sequence[Due]) -> None:
        """Replace what is due; Failed when it cannot be kept, for nothing may begin then."""
        rows = [asdict(one) for one in sorted(due, key=lambda one: one.key)]
        keep_promise(self._path, json.dumps(rows, indent=1) if rows else "")

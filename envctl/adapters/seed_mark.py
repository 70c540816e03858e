"""A seed that is owed: a small file a playground, written before anything is changed."""

from __future__ import annotations

from envctl.adapters.memory import keep_promise
from envctl.adapters.registry import FileRegistry


class FileSeedMark:
    """Reads which job is owed to a playground; an unreadable file counts as none."""

    def __init__(self, engine: str, playground: str) -> None:
        self._path = FileRegistry(engine).path(playground, "seed")

    def owed(self) -> str:
        """Return the job that is owed to the playground; empty for none."""
        try:
            return self._path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""


class WritableFileSeedMark(FileSeedMark):
    """The same, and writes it down."""

    def owe(self, job: str) -> None:
        """Replace what is owed; Failed when it cannot be kept, for nothing may begin then."""
        keep_promise(self._path, job)

"""What this machine keeps of an engine's playgrounds: the registry and remembered containers."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.adapters.memory import WritableFileMemory, remembered_playgrounds
from envctl.adapters.registry import FileRegistry, WritableFileRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envctl.domain.playground import Playground


class FileRecords:
    """Reads them."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._registry = FileRegistry(engine)

    def all(self) -> tuple[Playground, ...]:
        """Return every playground that envctl started from here, sorted by name."""
        return self._registry.all()

    def remembered(self) -> Mapping[str, frozenset[str]]:
        """Return the IDs of the containers that envctl created from here, by playground."""
        return remembered_playgrounds(self._engine)


class WritableFileRecords(FileRecords):
    """The same, and forgets."""

    @contextmanager
    def free_turn(self, name: str) -> Iterator[bool]:
        """Be the only command that changes the playground; yields False when another one is.

        Without a state folder that can be written there are no turns, as for every command.
        """
        with ExitStack() as held:
            try:
                held.enter_context(self._writable().turn(name, _give_up))
                mine = True
            except _TakenError:
                mine = False
            except OSError:
                mine = True
            yield mine

    def keep(self, playground: Playground) -> None:
        """Remember a playground that the registry has lost, as far as that can be written."""
        if self._registry.find(playground.name) is None:
            with suppress(OSError):
                self._writable().enter(replace(playground, engine=self._engine))

    def forget(self, name: str) -> None:
        """Remove what is known of a playground; whoever calls it holds its turn."""
        WritableFileMemory(self._engine, name).remember({})
        self._writable().forget(name)

    def _writable(self) -> WritableFileRegistry:
        return WritableFileRegistry(self._engine)


class _TakenError(Exception):
    """Somebody else has the turn."""


def _give_up() -> None:
    raise _TakenError

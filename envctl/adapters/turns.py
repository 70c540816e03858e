"""Take turns with other commands on this machine, as far as its state folder allows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.adapters.folders import FolderReader
from envctl.adapters.registry import now
from envctl.domain.playground import Playground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.adapters.registry import WritableFileRegistry
    from envctl.domain.playground import Checkout

Note = Callable[[str], None]


@contextmanager
def turn(registry: WritableFileRegistry, name: str, note: Note) -> Iterator[None]:
    """Hold the playground's turn; without a state folder go on, with a note."""
    with ExitStack() as held:
        try:
            held.enter_context(registry.turn(name, lambda: note(_WAITING)))
        except OSError as error:
            note(_unkept(registry, error))
        yield


def register(
    registry: WritableFileRegistry,
    name: Callable[[], str],
    base: str,
    checkout: Checkout,
    note: Note,
) -> None:
    """Let `name` settle what the playground is called, and remember it as the checkout's own.

    One that is known by a folder that is gone has moved here.
    """
    try:
        with registry.claiming():
            known = registry.find(name())
            if known and FolderReader().is_gone(known.folder):
                known = replace(known, folder=checkout.folder)
            registry.enter(
                known or Playground(name(), registry.engine, checkout.folder, base, created=now())
            )
    except OSError as error:
        note(_unkept(registry, error))


_WAITING = "another envctl works on this playground: waiting"


def _unkept(registry: WritableFileRegistry, error: OSError) -> str:
    return f"cannot keep notes in {registry.folder} ({error.strerror}): going on without"

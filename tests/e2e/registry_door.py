"""A way to a registry that can be shut while it is in use, and opened again."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fake_registry import FakeRegistry


class RegistryDoor:
    """A port at which a registry answers while it is open; shut, nobody listens there."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._port = int(self._listener.getsockname()[1])
        registry.serve(self._listener)

    @property
    def address(self) -> str:
        """What the registry is called by those who come through the door."""
        return f"127.0.0.1:{self._port}"

    def shut(self) -> None:
        """Refuse new connections, and end those that there are at their next request."""
        self.registry.before = _hang_up
        with suppress(OSError):  # it is shut already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def open(self) -> None:
        """Answer again, at the same port."""
        self.registry.before = None
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=64)
        self.registry.serve(self._listener)

    def shut_at(self, *requests: str) -> None:
        """Shut it when all these have come, one after the other; the last gets no answer."""
        expected = [*requests]

        def look(_: int, words: str) -> None:
            if expected[:1] == [words]:
                expected.pop(0)
            if not expected:
                self.shut()
                _hang_up(0, words)

        self.registry.before = look


def _hang_up(_: int, words: str) -> None:
    raise ConnectionError(words)

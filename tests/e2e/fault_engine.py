"""A way to the engine on which something happens at the k-th effect of a command."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from envctl.adapters.engine_address import engine_address

# what a builder talks through is no effect of its own; waiting for an exit changes nothing
_EFFECT = re.compile(rb"(?:POST|PUT|DELETE) (?!\S*/(?:session|grpc|wait)\b)\S+ HTTP/1\.1\r\n")


@dataclass
class FaultEngine:
    """Passes everything on, and calls `fault` once the engine has done the `at`-th effect.

    What the engine answers to that effect does not reach the command. `at` 0 only counts.
    """

    path: Path
    at: int = 0
    fault: Callable[[], None] = lambda: None
    effects: list[str] = field(default_factory=list)
    _gone: bool = False
    _listener: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    _ends: list[socket.socket] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, at: int, fault: Callable[[], None]) -> None:
        """Count anew; mends what a former fault has cut."""
        self.effects, self.at, self.fault, self._gone = [], at, fault, False

    def count(self, effect: str) -> bool:
        """Count an effect, one on something else too; returns whether it is the `at`-th."""
        with self._one_at_a_time:
            self.effects.append(effect)
            return len(self.effects) == self.at

    def cut(self) -> None:
        """End every connection, and keep no new one: the engine is gone."""
        self._gone = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def listen(self) -> None:
        """Begin to take connections."""
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End it, whatever is under way."""
        self.cut()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for end in [self._listener, *self._ends]:
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                if self._gone:
                    client.close()
                else:
                    self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        engine = socket.socket(socket.AF_UNIX)
        self._ends += [client, engine]
        engine.connect(engine_address().removeprefix("unix://"))
        met = threading.Event()
        for way in (self._ask, self._answer):
            threading.Thread(target=way, args=(client, engine, met), daemon=True).start()

    def _ask(self, client: socket.socket, engine: socket.socket, met: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                if _EFFECT.match(data) and self.count(data.partition(b" HTTP/")[0].decode()):
                    met.set()
                engine.sendall(data)
            engine.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, engine: socket.socket, met: threading.Event) -> None:
        with suppress(OSError):
            while data := engine.recv(1 << 16):
                if met.is_set():
                    met.clear()
                    self.fault()
                    return
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)


@contextmanager
def fault_engine(path: Path) -> Iterator[FaultEngine]:
    """Yield one that listens at `path` and only counts."""
    engine = FaultEngine(path)
    engine.listen()
    try:
        yield engine
    finally:
        engine.close()

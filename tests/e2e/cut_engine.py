"""A way to the engine that can be cut, as a network can."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from envctl.adapters.engine_address import engine_address


@contextmanager
def cut_engine(folder: Path) -> Iterator[str]:
    """Yield its address; leaving the block cuts every connection."""
    path, ends = folder / "cut.sock", list[socket.socket]()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_accept, args=(listener, ends), daemon=True).start()
        yield f"unix://{path}"
        for end in [listener, *ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
    for end in ends:
        end.close()


def _accept(listener: socket.socket, ends: list[socket.socket]) -> None:
    with suppress(OSError):  # the listener was shut down
        while True:
            client, _ = listener.accept()
            engine = socket.socket(socket.AF_UNIX)
            ends += [client, engine]
            engine.connect(engine_address().removeprefix("unix://"))
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=_forward, args=(source, target), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # either end was cut
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

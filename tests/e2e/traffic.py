"""Visitors: requests at a steady rate, on kept and on new connections, each one counted."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE = 10.0


@dataclass
class Visitors:
    """What visitors of a port have seen: answers by their text, and failures by their reason."""

    host: str
    port: int
    answers: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        """How many requests were made."""
        return sum(self.answers.values()) + sum(self.failures.values())

    def visit(self, connection: http.client.HTTPConnection | None) -> http.client.HTTPConnection:
        """Make one request, on a new connection without one; returns one for the next."""
        fresh, known = connection is None, len(self.order)
        connection = connection or http.client.HTTPConnection(self.host, self.port, PATIENCE)
        try:
            connection.request("GET", "/", headers={"Connection": "close"} if fresh else {})
            answer = connection.getresponse()
            said = answer.read().decode().strip()
            if answer.status == 200:
                self._count(self.answers, said, known)
            else:
                self._count(self.failures, f"status {answer.status}", known)
        except OSError as error:
            self._count(self.failures, type(error).__name__, known)
            connection.close()
        except http.client.HTTPException as error:
            self._count(self.failures, type(error).__name__, known)
            connection.close()
        return connection

    def _count(self, where: Counter[str], said: str, known: int) -> None:
        """Count an answer. It is out of order if another came before its request was made."""
        with self._lock:
            where[said] += 1
            if said not in self.order[max(known - 1, 0) :]:
                self.order.append(said)


@contextmanager
def visitors(host: str, port: int, *, rate: int = 100, threads: int = 4) -> Iterator[Visitors]:
    """Send `rate` requests a second to a port for as long as the block lasts.

    Half of the threads keep their connections, half take a new one for each request.
    """
    seen = Visitors(host, port)
    ended = threading.Event()

    def come(number: int) -> None:
        kept = http.client.HTTPConnection(host, port, PATIENCE) if number % 2 else None
        due = time.monotonic()
        while not ended.is_set():
            used = seen.visit(kept)
            if kept is None:
                used.close()
            due += threads / rate
            ended.wait(max(due - time.monotonic(), 0))
        if kept:
            kept.close()

    running = [threading.Thread(target=come, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in running:
            thread.join()

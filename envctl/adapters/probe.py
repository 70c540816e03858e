"""Ask ways in all the time: on new connections and on kept ones, as users do."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from envctl.domain.rehearsal import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.domain.rehearsal import Way

RATE = 50.0
"""Requests a second, of each way in."""
MOST = 200.0
"""The same of all of them together: this machine also runs what is asked."""
PATIENCE = 10.0
"""Seconds after which nobody waits any longer."""
_FORWARDED = 0.05
"""Seconds in which a connection is closed that only the way in has accepted."""
_SERVER_ERROR = 500


class Prober:
    """Asks for `path` over HTTP; other ways in are connected to."""

    def __init__(self, path: str = "/", rate: float = RATE, patience: float = PATIENCE) -> None:
        self._path, self._rate, self._patience = path, rate, patience

    @contextmanager
    def probing(self, ways: Sequence[Way]) -> Iterator[ThreadedProbe]:
        """Ask at `ways` for as long as the block lasts."""
        rate = min(self._rate, MOST / max(len(ways), 1))
        probe = ThreadedProbe([way.service for way in ways], self._patience)
        threads = [
            threading.Thread(target=probe.come, args=(way, self._path, 2 / rate, kept), daemon=True)
            for way in ways
            for kept in (False, True)
        ]
        for thread in threads:
            thread.start()
        try:
            yield probe
        finally:
            probe.ended.set()
            for thread in threads:
                thread.join()


class ThreadedProbe:
    """Has a thread for each kind of connection of each way in."""

    def __init__(self, services: Sequence[str], patience: float) -> None:
        self._patience = patience
        self._asked: list[Asked] = []
        self._counts = dict.fromkeys(services, 0)
        self._more = threading.Condition()
        self.ended = threading.Event()

    def rest(self, requests: int) -> None:
        """Return when every way in was asked so often again, or takes far too long to answer."""
        with self._more:
            wanted = {service: count + requests for service, count in self._counts.items()}
            self._more.wait_for(
                lambda: all(self._counts[s] >= count for s, count in wanted.items()),
                self._patience,
            )

    def asked(self) -> Sequence[Asked]:
        """Return every request that has come to an end."""
        with self._more:
            return tuple(self._asked)

    def come(self, way: Way, path: str, pause: float, kept: bool) -> None:
        """Ask until it is ended."""
        visitor = _visitor(way, path, self._patience, kept=kept)
        due = time.monotonic()
        while not self.ended.is_set():
            began = time.monotonic()
            trouble = visitor.visit()
            self._count(Asked(way.service, began, time.monotonic(), trouble))
            due = max(due + pause, began)
            self.ended.wait(max(due - time.monotonic(), 0))
        visitor.close()

    def _count(self, one: Asked) -> None:
        with self._more:
            self._asked.append(one)
            self._counts[one.service] += 1
            self._more.notify_all()


def _visitor(way: Way, path: str, patience: float, *, kept: bool) -> _HttpVisitor | _TcpVisitor:
    place = urlsplit(way.url)
    host, port = str(place.hostname), int(place.port or 80)
    if place.scheme == "http":
        return _HttpVisitor(host, port, path, patience, kept=kept)
    return _TcpVisitor(host, port, patience)


class _HttpVisitor:
    """Asks for one path, with one connection or a new one each time."""

    def __init__(self, host: str, port: int, path: str, patience: float, *, kept: bool) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=patience)
        self._path, self._patience, self._kept = path, patience, kept

    def visit(self) -> str:
        """Ask once; returns what was wrong."""
        try:
            trouble = self._answer()
        except (OSError, http.client.HTTPException) as error:
            trouble = _in_words(error, self._patience)
        if trouble or not self._kept:
            self.close()
        return trouble

    def _answer(self) -> str:
        headers = {} if self._kept else {"Connection": "close"}
        self._connection.request("GET", self._path, headers=headers)
        answer = self._connection.getresponse()
        answer.read()
        return f"status {answer.status}" if answer.status >= _SERVER_ERROR else ""

    def close(self) -> None:
        """Leave."""
        self._connection.close()


class _TcpVisitor:
    """Connects, and sees whether somebody behind the way in takes the connection."""

    def __init__(self, host: str, port: int, patience: float) -> None:
        self._address, self._patience = (host, port), patience

    def visit(self) -> str:
        """Connect once; returns what was wrong."""
        try:
            with socket.create_connection(self._address, self._patience) as connection:
                connection.settimeout(_FORWARDED)
                with suppress(TimeoutError):  # who waits for a first word has taken it
                    return "" if connection.recv(1) else "closed at once"
        except OSError as error:
            return _in_words(error, self._patience)
        return ""

    def close(self) -> None:
        """Nothing is kept."""


def _in_words(error: Exception, patience: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {patience:g} s"
    if isinstance(error, http.client.RemoteDisconnected):
        return "closed without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer was cut off"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return type(error).__name__

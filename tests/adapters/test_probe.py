"""Somebody who asks all the time, against servers that do what servers do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from envctl.adapters.probe import Prober
from envctl.domain.rehearsal import Asked, Way


class Page(BaseHTTPRequestHandler):
    """Answers as its server says, on kept connections."""

    protocol_version = "HTTP/1.1"
    status: ClassVar[int] = 200
    length: ClassVar[int] = 2
    asked: ClassVar[list[tuple[int, str, str]]]

    def do_GET(self) -> None:
        kind = self.headers.get("Connection", "")
        self.asked.append((self.client_address[1], self.path, kind))
        self.send_response(self.status)
        self.send_header("Content-Length", str(self.length))
        self.end_headers()
        self.wfile.write(b"ok")
        if self.length > 2:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(status: int = 200, length: int = 2) -> Iterator[tuple[str, type[Page]]]:
    """Yield the URL of a server, and what it is asked."""
    page = type("Served", (Page,), {"status": status, "length": length, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), page) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/", page
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def accepting(*, says: bytes = b"", closes: bool = False) -> Iterator[str]:
    """Yield the address of a server that takes connections, and keeps them until its end."""
    kept: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                kept.append(connection)
                connection.sendall(says)
                if closes:
                    connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in kept:
            connection.close()


def ask(*urls: str, path: str = "/", patience: float = 10.0, requests: int = 20) -> list[Asked]:
    """Ask at these until each was asked so often; returns what was found."""
    ways = [Way(f"s{number}", url) for number, url in enumerate(urls)]
    with Prober(path, rate=200, patience=patience).probing(ways) as probe:
        probe.rest(requests)
    return [*probe.asked()]


def troubles(asked: list[Asked]) -> set[str]:
    return {one.trouble for one in asked}


def nobody() -> str:
    """Return an address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_half_of_the_visitors_keep_their_connection_and_half_take_a_new_one() -> None:
    with serving() as (url, page):
        found = ask(url, path="/health")
    assert troubles(found) == {""}
    assert {path for _, path, _ in page.asked} == {"/health"}
    kept = {port for port, _, kind in page.asked if not kind}
    fresh = [port for port, _, kind in page.asked if kind == "close"]
    assert len(kept) == 1
    assert len(set(fresh)) == len(fresh) > 1


def test_every_way_in_is_asked_and_the_end_of_each_request_is_known() -> None:
    with serving() as (one, _), serving() as (two, _):
        found = ask(one, two, requests=15)
    for service in ("s0", "s1"):
        own = [asked for asked in found if asked.service == service]
        assert len(own) >= 15
        assert all(asked.began <= asked.ended for asked in own)


@pytest.mark.parametrize(
    ("status", "trouble"), [(404, ""), (302, ""), (500, "status 500"), (503, "status 503")]
)
def test_only_the_servers_own_errors_are_failures(status: int, trouble: str) -> None:
    with serving(status) as (url, _):
        assert troubles(ask(url)) == {trouble}


def test_an_answer_that_is_cut_off_is_a_failure() -> None:
    with serving(length=9) as (url, _):
        assert troubles(ask(url)) == {"the answer was cut off"}


def test_nobody_there_is_a_failure() -> None:
    assert troubles(ask(nobody())) == {"connection refused"}


def test_no_answer_is_a_failure_after_a_while() -> None:
    with accepting() as url:
        found = ask(url.replace("tcp:", "http:"), patience=0.2, requests=1)
    assert troubles(found) == {"no answer within 0.2 s"}


def test_a_connection_that_is_closed_unanswered_is_a_failure() -> None:
    with accepting(closes=True) as url:
        said = troubles(ask(url.replace("tcp:", "http:")))
    assert said <= {"closed without an answer", "connection reset by peer", "broken pipe"}
    assert said


def test_a_port_that_only_the_way_in_takes_is_a_failure() -> None:
    with accepting(closes=True) as url:
        assert troubles(ask(url, requests=2)) == {"closed at once"}


@pytest.mark.parametrize("says", [b"", b"220 hello"])
def test_a_port_that_somebody_takes_answers(says: bytes) -> None:
    with accepting(says=says) as url:
        assert troubles(ask(url, requests=2)) == {""}


def test_without_ways_in_there_is_nothing_to_wait_for() -> None:
    assert ask() == []

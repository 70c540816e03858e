"""Servers to put behind an edge, and clients that count what fails."""

from __future__ import annotations

import http.client
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from envctl.domain.edge import Backing, Servers


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        name = self.server.name  # type: ignore[attr-defined]
        if self.path == "/socket":
            self._repeat(name)
            return
        headers = "".join(f"\n{k.lower()}: {v}" for k, v in self.headers.items())
        body = name.encode() + (headers.encode() if self.path == "/headers" else b"")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _repeat(self, name: str) -> None:
        """Speak something else from now on, as a WebSocket does."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accepted = b64encode(sha1(key.encode(), usedforsecurity=False).digest()).decode()
        self.send_response(101)
        for header in ("Connection: Upgrade", "Upgrade: websocket"):
            self.send_header(*header.split(": "))
        self.send_header("Sec-WebSocket-Accept", accepted)
        self.end_headers()
        for line in self.rfile:
            self.wfile.write(name.encode() + b" " + line)
        self.close_connection = True

    do_HEAD = do_GET  # noqa: N815 - the name is the library's

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    name = ""

    def handle_error(self, *_: Any) -> None:
        """Say nothing: probes hang up."""


@contextmanager
def web(name: str) -> Iterator[int]:
    """Serve HTTP that answers with `name` on a free port of the loopback address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.name = name
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def echo(name: str) -> Iterator[int]:
    """Serve TCP that says `name` before each line that it repeats."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rwb") as lines:
            for line in lines:
                lines.write(name.encode() + b" " + line)
                lines.flush()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()


def backing(name: str, *ports: int, service: str = "web") -> Backing:
    return Backing(name, (Servers(service, 80, ports),))


def ask(port: int, path: str = "/", host: str = "", at: str = "127.0.0.1") -> tuple[int, str]:
    """Return status and body of one request."""
    with closing(http.client.HTTPConnection(at, port, timeout=10)) as connection:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class Traffic:
    """Clients at a port, half of them with a new connection for each request."""

    def __init__(self, port: int, clients: int = 4) -> None:
        self.port = port
        self.answers: list[str] = []
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(bool(n % 2),)) for n in range(clients)
        ]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, keep: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self._stop.is_set():
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                body = answer.read().decode()
                (self.answers if answer.status == 200 else self.failed).append(body)
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                connection.close()
            if not keep:
                connection.close()
        connection.close()

"""An engine that can only be read: a socket in front of the real one that refuses all else."""

from __future__ import annotations

import http.client
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from envctl.adapters.engine_address import engine_address

Alter = Callable[[str, Any, dict[str, str]], Any]
"""Changes an answer on its way: its path, what it says and its headers; returns what it says."""


class _Upstream(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(engine_address().removeprefix("unix://"))


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    refused: list[str]
    alter: Alter | None = None


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._refuse()

    def do_PUT(self) -> None:
        self._refuse()

    def do_DELETE(self) -> None:
        self._refuse()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the test reads what was refused."""

    def _pass_on(self) -> None:
        upstream = _Upstream("engine")
        upstream.request(self.command, self.path)
        with upstream.getresponse() as answer:
            body = answer.read()
        upstream.close()
        headers = dict(answer.getheaders())
        if self.server.alter and answer.status == 200:
            said = self.server.alter(self.path, json.loads(body), headers)
            body = json.dumps(said).encode()
        self._answer(answer.status, body, headers)

    def _refuse(self) -> None:
        self.server.refused.append(f"{self.command} {self.path}")
        self._answer(403, b'{"message": "this engine is read-only"}', {})
        self.close_connection = True

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def read_only_engine(folder: Path, alter: Alter | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield its address, and the list of what it has refused so far."""
    path = folder / "engine.sock"
    with _Server(str(path), _Handler) as server:
        server.refused, server.alter = [], alter
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"unix://{path}", server.refused
        finally:
            server.shutdown()
            thread.join()

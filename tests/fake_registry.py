"""A registry in memory, spoken to over real HTTP, that can be told to misbehave.

`docker push` and `docker pull` work with it. Every write is one step under a lock: a client that is
killed leaves what it had finished, and nothing half done.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from itertools import count
from typing import Self

from tests.fake_registry_api import Api, digest_of

__all__ = ["FakeRegistry", "Faults", "Repository", "digest_of"]


@dataclass
class Faults:
    """What it does wrong; numbers are how many times, counted down."""

    referrers: bool = False
    """Whether it has the referrers API, which many have not."""
    broken_tag_reads: int = 0
    listing_lag: int = 0
    """How many listings a new tag is missing from."""
    ignores_paging: bool = False
    says_more: bool = True
    """Whether it says with a Link that a list goes on."""
    circular: bool = False
    """Whether it always sends on to the same page."""
    no_digest: bool = False
    wrong_content: bool = False
    truncated: int = 0
    ignores_range: bool = False
    dropped_uploads: int = 0
    forgets_uploads: bool = False
    """Whether it gives up an upload that was dropped, as the common registry does."""
    lost_commits: int = 0
    """How often it keeps a blob and does not say so."""
    no_mounts: bool = False
    silent: int = 0
    """How many requests get no answer, until it is closed."""
    busy: int = 0
    retry_after: str = "1"
    status: int = 0
    """What every request is answered with, when not 0."""
    body: bytes = b""
    full: int = 0
    """What writers are answered with: 507, or 500 as the common registry does."""


@dataclass
class Repository:
    blobs: set[str] = field(default_factory=set)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    born: dict[str, int] = field(default_factory=dict)


class FakeRegistry:
    """A server on 127.0.0.1; `before` is told the number of each request, from 1, and its words."""

    def __init__(
        self,
        *,
        basic: str = "",
        bearer: str = "",
        tls: ssl.SSLContext | None = None,
        before: Callable[[int, str], None] | None = None,
    ) -> None:
        self.faults = Faults()
        self.repositories: dict[str, Repository] = {}
        self.content: dict[str, bytes] = {}
        self.uploads: dict[str, bytearray] = {}
        self.requests: list[str] = []
        self.scopes: list[str] = []
        self.tokens: dict[str, str] = {}
        self.basic, self.bearer, self.before = basic, bearer, before
        self.lock = threading.RLock()
        self.closing = threading.Event()
        self.numbers = count(1)
        self.listings = 0
        self._server = _Server(("127.0.0.1", 0), Api)
        self._server.registry = self
        self.scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, listener: socket.socket) -> None:
        """Answer at another door, too, until that is closed."""

        def accept() -> None:
            with suppress(OSError):
                while True:
                    self._server.process_request(*listener.accept())

        threading.Thread(target=accept, daemon=True).start()

    def repository(self, name: str) -> Repository:
        return self.repositories.setdefault(name, Repository())

    def count(self, start: str) -> int:
        """How many requests began like this."""
        return sum(words.startswith(start) for words in self.requests)

    def spend(self, fault: str) -> bool:
        """Whether this fault is to happen now."""
        with self.lock:
            left = getattr(self.faults, fault)
            if left:
                setattr(self.faults, fault, left - 1)
            return bool(left)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # clients that ask in parallel all connect at once
    registry: FakeRegistry

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are what some tests are about."""

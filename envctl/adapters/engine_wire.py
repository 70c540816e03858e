"""One connection to an engine, as HTTP/1.1 wants it."""

from __future__ import annotations

import json
import select
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedReader
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Answer:
    """A whole answer of the engine."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return what the body says; None for an empty one."""
        return json.loads(self.body) if self.body.strip() else None


class Wire:
    """A connection; one call at a time, and OSError when it breaks."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._file = BufferedReader(socket.SocketIO(connected, "r"), _CHUNK)

    def allow_silence(self, seconds: float | None) -> None:
        """Let the other side say nothing for so long; None is for ever."""
        self._socket.settimeout(seconds)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._socket.sendall(data)

    def send_head(
        self, method: str, target: str, headers: dict[str, str], data: bytes = b""
    ) -> None:
        """Send the beginning of a request, and `data` behind it."""
        lines = [f"{method} {target} HTTP/1.1", "Host: docker"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode() + data)

    def send_chunks(self, chunks: Iterable[bytes]) -> None:
        """Send a body as it comes; when the other side has said no there is no use in more."""
        with suppress(BrokenPipeError, ConnectionResetError):
            for chunk in chunks:
                self.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.send(b"0\r\n\r\n")

    def receive(self, check: Callable[[dict[str, str]], None], *, bodiless: bool = False) -> Answer:
        """Return the whole answer, which may be without a body; `check` sees its headers first."""
        status, headers = self.receive_head(check)
        body = b"" if bodiless else b"".join(self.body(status, headers))
        return Answer(status, body, headers)

    def receive_head(self, check: Callable[[dict[str, str]], None]) -> tuple[int, dict[str, str]]:
        """Return status and headers; `check` sees them first."""
        status = int(self._line().split(maxsplit=2)[1])
        headers = {}
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        check(headers)
        return status, headers

    def body(self, status: int, headers: dict[str, str]) -> Iterator[bytes]:
        """Yield the body as it comes."""
        if status in (204, 304):
            return iter(())
        if headers.get("transfer-encoding") == "chunked":
            return self._chunks()
        if "content-length" in headers:
            return self._sized(int(headers["content-length"]))
        return iter(lambda: self._file.read1(_CHUNK), b"")

    def read(self) -> bytes:
        """Return what comes next of a connection that is nobody's HTTP any more; b"" at its end."""
        return self._file.read1(_CHUNK)

    def has_more(self, seconds: float) -> bool:
        """Whether there is something to read, its end included, before so many seconds are over."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def close(self) -> None:
        """Close it, also while another thread reads."""
        # a thread may be reading: what it waits for has to end first
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._file.close()  # the socket is open for as long as this is
        with suppress(OSError):
            self._socket.close()

    def __del__(self) -> None:
        self._socket.close()

    def _line(self) -> bytes:
        line = self._file.readline(65536)
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the connection ended early")
        return line.rstrip(b"\r\n")

    def _sized(self, left: int) -> Iterator[bytes]:
        while left:
            if not (data := self._file.read1(min(left, _CHUNK))):
                raise ConnectionResetError("the connection ended early")
            left -= len(data)
            yield data

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._line().partition(b";")[0], 16):
            yield from self._sized(size)
            self._line()
        while self._line():
            pass  # trailers

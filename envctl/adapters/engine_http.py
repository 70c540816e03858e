"""The engine's API, spoken over its socket without a library.

`ps` and an `up` with nothing to do take about a tenth of a second as whole processes; the SDK would
add 150 to 280 ms to each, the standard library's HTTP client 30 (measured).
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from envctl.adapters.engine_address import current_endpoint, unreachable
from envctl.adapters.engine_dial import dial
from envctl.adapters.engine_wire import Answer, Wire
from envctl.domain.versions import OLDEST, is_supported
from envctl.errors import CommandFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from envctl.adapters.engine_address import Endpoint

API = "/v1.45"
"""What the oldest supported engine speaks (26.1), and every later one so far."""
CALL_TIMEOUT = 60.0
"""Seconds that the engine may take to answer."""
SLOW_TIMEOUT = 600.0
"""The same for calls that do their work before they answer: stopping, removing, unpacking."""
_JSON = {"Content-Type": "application/json"}
_CHUNKED = {"Transfer-Encoding": "chunked"}


class EngineHttp:
    """Calls an engine, from several threads if need be: a connection serves one call at a time.

    Every method raises Unreachable when the engine does not answer or, unless `any_version` is
    taken, is too old. An answer that says no is a CommandFailed with the engine's own words.
    """

    def __init__(self, endpoint: Endpoint | None = None, *, any_version: bool = False) -> None:
        self._endpoint = endpoint or current_endpoint()
        self._idle: list[Wire] = []
        self._checked = any_version

    @property
    def address(self) -> str:
        """Where the engine is, as a person would say it."""
        return self._endpoint.name or self._endpoint.host

    def get_json(
        self,
        path: str,
        /,
        *,
        missing_ok: bool = False,
        headers: Mapping[str, str] | None = None,
        **query: object,
    ) -> Any:
        """Return what GET answers; None where there is nothing and `missing_ok`."""
        answer = self._whole("GET", _target(path, query), headers=headers)
        if answer.status == 404 and missing_ok:
            return None
        return self._accepted(answer).json()

    def post(
        self, path: str, /, body: object = None, *, missing_ok: bool = False, **query: object
    ) -> Any:
        """POST `body` as JSON; returns what is answered, None for nothing.

        None too where there is nothing to post to and `missing_ok`.
        """
        data = b"" if body is None else json.dumps(body).encode()
        answer = self._whole("POST", _target(path, query), data, SLOW_TIMEOUT)
        if answer.status == 404 and missing_ok:
            return None
        return self._accepted(answer).json()

    def delete(self, path: str, /, **query: object) -> bool:
        """DELETE; False when it was gone already."""
        answer = self._whole("DELETE", _target(path, query), b"", SLOW_TIMEOUT)
        return answer.status != 404 and bool(self._accepted(answer))

    def put(self, path: str, chunks: Iterable[bytes], /, **query: object) -> None:
        """PUT `chunks` as they come."""

        def send(connection: Wire) -> None:
            connection.send_head("PUT", _target(path, query), _CHUNKED)
            connection.send_chunks(chunks)

        self._accepted(self._exchange(send, SLOW_TIMEOUT, keep=lambda answer: answer.status < 400))

    def put_status(self, path: str, data: bytes, /, **query: object) -> int:
        """PUT `data`, and return the status of the answer, whatever it is."""
        return self._whole("PUT", _target(path, query), data, SLOW_TIMEOUT).status

    def head(self, path: str, /, **query: object) -> Mapping[str, str] | None:
        """Return the headers that HEAD answers with; None where there is nothing."""
        answer = self._whole("HEAD", _target(path, query))
        return None if answer.status == 404 else self._accepted(answer).headers

    @contextmanager
    def stream(
        self, path: str, /, *, silence: float | None = None, **query: object
    ) -> Iterator[Iterator[bytes]]:
        """GET, and hand out the body as it comes.

        `silence` is how many seconds the engine may say nothing; None is for ever.
        """
        with self.call("GET", path, query) as (connection, body):
            connection.allow_silence(silence)
            yield body

    @contextmanager
    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        *,
        body: object = None,
        chunks: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[tuple[Wire, Iterator[bytes]]]:
        """Make a call on a connection of its own, and hand out that and the answer's body.

        `body` is sent as JSON, `chunks` as they come. What comes after the headers of an answer
        that has no length can be read from the connection, too.
        """
        sent = {**_JSON, **(headers or {})}
        data = b"" if body is None else json.dumps(body).encode()
        sent |= {"Content-Length": str(len(data))} if chunks is None else _CHUNKED
        with self._talking(CALL_TIMEOUT if chunks is None else SLOW_TIMEOUT) as connection:
            connection.send_head(method, _target(path, query or {}), sent, data)
            if chunks is not None:
                connection.send_chunks(chunks)
            status, received = connection.receive_head(self._check)
            if status >= 400:
                self._accepted(Answer(status, b"".join(connection.body(status, received))))
            yield connection, connection.body(status, received)

    def post_stream(
        self, path: str, /, body: object, *, silence: float | None = None
    ) -> Iterator[bytes]:
        """POST `body` as JSON, and yield what is answered as it comes.

        `silence` is how many seconds the engine may say nothing; None is for ever.
        """
        data = json.dumps(body).encode()
        with self._talking(CALL_TIMEOUT) as connection:
            sent = {"Content-Length": str(len(data)), **_JSON}
            connection.send_head("POST", _target(path, {}), sent, data)
            status, headers = connection.receive_head(self._check)
            if status >= 400:
                self._accepted(Answer(status, b"".join(connection.body(status, headers))))
            connection.allow_silence(silence)
            yield from connection.body(status, headers)

    def close(self) -> None:
        """Close the connections that are kept; a later call opens another."""
        while self._idle:
            self._idle.pop().close()

    def _whole(
        self,
        method: str,
        target: str,
        data: bytes = b"",
        timeout: float = CALL_TIMEOUT,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call with `data`, and return the answer."""
        sent = {"Content-Length": str(len(data)), **_JSON, **(headers or {})}
        return self._exchange(
            lambda connection: connection.send_head(method, target, sent, data),
            timeout,
            bodiless=method == "HEAD",
        )

    def _exchange(
        self,
        send: Callable[[Wire], None],
        timeout: float,
        *,
        bodiless: bool = False,
        keep: Callable[[Answer], bool] = lambda _: True,
    ) -> Answer:
        """Call on a connection that is kept for the next call."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open(timeout)
        try:
            connection.allow_silence(timeout)
            send(connection)
            answer = connection.receive(self._check, bodiless=bodiless)
        except OSError as error:
            connection.close()
            raise unreachable(self.address, error) from error
        except BaseException:
            connection.close()
            raise
        if keep(answer):
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    @contextmanager
    def _talking(self, timeout: float) -> Iterator[Wire]:
        """A connection for one call only."""
        connection = self._open(timeout)
        try:
            yield connection
        except OSError as error:
            raise unreachable(self.address, error) from error
        finally:
            connection.close()

    def _open(self, timeout: float) -> Wire:
        try:
            return Wire(dial(self._endpoint, timeout))
        except OSError as error:
            raise unreachable(self.address, error) from error

    def _check(self, headers: dict[str, str]) -> None:
        """The engine says its version with every answer."""
        name, _, version = headers.get("server", "").partition("/")
        if self._checked or name != "Docker":
            return
        self._checked = True
        if not is_supported("engine", version):
            hint = f"upgrade: {OLDEST['engine']} is the oldest that envctl supports"
            said = f"the engine at {self.address} is {version.partition(' ')[0]}"
            raise Unreachable(said, hint=hint)

    def _accepted(self, answer: Answer) -> Answer:
        if answer.status < 400:
            return answer
        try:
            words = str(answer.json()["message"])
        except (ValueError, TypeError, KeyError):
            words = f"status {answer.status}"
        raise CommandFailed(f"the engine at {self.address} refused: {words}")


def _target(path: str, query: Mapping[str, object]) -> str:
    """Dicts and lists in `query` go as JSON, booleans as 1 and 0, None not at all.

    Names of files go as the bytes that they are.
    """
    pairs = [(key, _word(value)) for key, value in query.items() if value is not None]
    said = urlencode(pairs, errors="surrogateescape")
    return API + quote(path) + (f"?{said}" if pairs else "")


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value) if isinstance(value, dict | list) else str(value)

"""Follow the output of a playground's containers, of those that start later too."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from envctl.adapters.engine import PROJECT, HttpEngineReader
from envctl.adapters.engine_address import engine_address
from envctl.adapters.engine_connection import answering, connect
from envctl.adapters.log_lines import log_lines
from envctl.errors import Failed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import docker

    from envctl.domain.observed import Container
    from envctl.ports import LogLine


class SdkLogFollower:
    """One thread a container puts its lines into one queue."""

    def __init__(self) -> None:
        self._address = engine_address()
        self._client = connect()
        self._reader = HttpEngineReader()

    @contextmanager
    def follow(
        self, project: str, services: Sequence[str], *, tail: int | None, since: int | None
    ) -> Iterator[Iterator[LogLine]]:
        """Yield lines of the services' containers, of later containers too, until closed."""
        filters = {"label": f"{PROJECT}={project}", "type": "container", "event": ["start"]}
        with answering(self._address):
            starts = self._client.events(filters=filters, decode=True)
        following = _Following(self._client, self._address, set(services))
        for container in self._reader.containers(project):
            following.attach(container, tail=tail, since=since)
        watcher = threading.Thread(
            target=self._watch, args=(project, starts, following), daemon=True
        )
        watcher.start()
        try:
            yield following.lines()
        finally:
            starts.close()
            following.close()

    def _watch(self, project: str, starts: Any, following: _Following) -> None:
        try:
            with answering(self._address):
                for event in starts:
                    for container in self._reader.containers(project):
                        if container.id == event["id"]:
                            following.attach(container, tail=None, since=int(event["time"]))
            raise Unreachable(f"the engine at {self._address} has ended the connection")
        except Exception as error:  # noqa: BLE001 - handed to the reader of the lines, who decides
            following.fail(error)


class _Following:
    def __init__(self, client: docker.APIClient, address: str, services: set[str]) -> None:
        self._client = client
        self._address = address
        self._services = services
        self._queue: queue.Queue[LogLine | Exception] = queue.Queue(maxsize=10_000)
        self._streams: list[Any] = []
        self._live: set[str] = set()
        self._closed = False

    def attach(self, container: Container, *, tail: int | None, since: int | None) -> None:
        wanted = not self._services or container.service in self._services
        if container.oneoff or not wanted or container.id in self._live:
            return
        self._live.add(container.id)
        lines: Any = "all" if tail is None else tail
        with answering(self._address):
            stream = self._client.logs(
                container.id, stream=True, follow=True, timestamps=True, tail=lines, since=since
            )
        self._streams.append(stream)
        threading.Thread(target=self._pump, args=(container, stream), daemon=True).start()

    def lines(self) -> Iterator[LogLine]:
        """Yield lines as they come; raises what a stream broke with."""
        while True:
            item = self._queue.get()
            if isinstance(item, Exception):
                raise item
            yield item

    def fail(self, error: Exception) -> None:
        if not self._closed:
            self._queue.put(error)

    def close(self) -> None:
        self._closed = True
        for stream in self._streams:
            stream.close()

    def _pump(self, container: Container, stream: Any) -> None:
        try:
            with answering(self._address):
                for line in log_lines(container, stream):
                    self._queue.put(line)
        except Failed:  # it is gone, or its output cannot be read: the others go on
            pass
        except Exception as error:  # noqa: BLE001 - handed to the reader of the lines
            self.fail(error)
        self._live.discard(container.id)

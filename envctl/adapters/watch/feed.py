"""The containers of a playground, told whenever one of them changes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from envctl.adapters.engine import EVENTS, HttpEngineReader, of_project
from envctl.errors import CommandFailed, Unreachable
from envctl.ports.watch import News

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.engine_http import EngineHttp

SILENCE = 30.0
"""Seconds without an event after which the engine is asked again: a connection may have died."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
"""Seconds before an engine that does not answer is asked again; each time twice as long."""


class EngineFeed:
    """Events only ring: what is told is what the engine has then.

    `fail` is told of what nobody expects; there is no news then.
    """

    def __init__(self, http: EngineHttp, project: str, fail: Callable[[Exception], None]) -> None:
        self._http, self._project, self._fail = http, project, fail
        self._reader = HttpEngineReader(http)
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, tell: Callable[[News], None]) -> None:
        """Begin; `tell` is called from a thread of its own, at once with what there is."""
        self._thread = threading.Thread(target=self._run, args=(tell,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; a thread that waits for the engine is left behind and says nothing more."""
        self._closing.set()

    def _run(self, tell: Callable[[News], None]) -> None:
        pause = FIRST_PAUSE
        while not self._closing.is_set():
            try:
                self._listen(tell)
                pause = FIRST_PAUSE
            except (Unreachable, CommandFailed) as error:
                self._tell(tell, News(away=error.message))
                self._closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception as error:  # noqa: BLE001 - whoever hears of it ends everything
                self._fail(error)
                return

    def _listen(self, tell: Callable[[News], None]) -> None:
        """Tell what there is, and again at each event, until none has come for a while."""
        filters = of_project(self._project) | {"type": ["container"], "event": list(EVENTS)}
        with self._http.call("GET", "/events", {"filters": filters}) as (wire, events):
            self._tell(tell, News(self._reader.containers(self._project)))
            while not self._closing.is_set() and wire.has_more(SILENCE):
                if not next(events, b""):
                    raise Unreachable("the engine has ended the connection")
                self._tell(tell, News(self._reader.containers(self._project)))

    def _tell(self, tell: Callable[[News], None], news: News) -> None:
        if not self._closing.is_set():
            tell(news)

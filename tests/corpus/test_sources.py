"""What Compose is seen to open is among what its answer is said to depend on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from watchdog.events import FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from envctl.adapters.compose_references import Unclear
from envctl.adapters.compose_sources import find_sources
from envctl.adapters.model_cache import seen_folder
from tests.corpus.cases import cases
from tests.corpus.compare import compose_says

PATIENCE = 60.0
# the others are one file each
NAMES = [name for name, _ in cases("valid") if not name.endswith((".yaml", "-set.toml"))]


class Opened(FileSystemEventHandler):
    """The files that are opened in a folder, in their order."""

    def __init__(self, folder: Path) -> None:
        self._mark = folder / "mark"
        self._mark.touch()
        self._events: Queue[str] = Queue()

    def on_opened(self, event: FileSystemEvent) -> None:
        """Note it."""
        self._events.put(os.fsdecode(event.src_path))

    def until_now(self) -> set[str]:
        """Return the files opened since the last time: events come in order, so up to our own."""
        self._mark.read_bytes()
        seen: set[str] = set()
        while (path := self._events.get(timeout=PATIENCE)) != str(self._mark):
            seen.add(path)
        return seen


@pytest.fixture(scope="module")
def opened(corpus: Path) -> Iterator[Opened]:
    handler = Opened(corpus)
    observer = Observer()
    observer.schedule(handler, str(corpus), recursive=True, event_filter=[FileOpenedEvent])
    observer.start()
    yield handler
    observer.stop()
    observer.join()


@pytest.mark.engine
@pytest.mark.parametrize("name", NAMES)
def test_no_file_is_read_that_is_not_known_to_be(corpus: Path, opened: Opened, name: str) -> None:
    call = dict(cases("valid", corpus))[name]
    opened.until_now()
    compose_says(call)
    seen = opened.until_now()
    environment = {**os.environ, **call.environment}
    assert seen
    try:
        found = find_sources(seen_folder(call.folder), call.files, (), environment)
    except Unclear:
        return
    assert seen - set(found.states) == set()

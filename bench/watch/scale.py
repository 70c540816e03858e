"""Large trees, and time in which nothing happens: what a watch needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.timing import row
from bench.watch.figures import Saves, compare, median, number
from bench.watch.project import (
    COMPOSE,
    ENVCTL,
    IGNORED,
    SOURCE,
    TOOLS,
    Tool,
    Watch,
    project,
    watched,
)
from bench.watch.saves import in_place, one_save, small

FILES, PER_FOLDER = 100_000, 20
KEPT = FILES // 10
FOLDERS = 30_000
ROUNDS = 3
PATIENCE = 30.0
GAP = 0.3
SETTLED, IDLE = 3.0, 20.0
_FILE = "d0/f0"


@dataclass
class Needs:
    """What the watches of one tool took: seconds to start and to bring the first edit, the rest."""

    started: list[float] = field(default_factory=list)
    synced: list[float] = field(default_factory=list)
    watches: list[int] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def tree() -> None:
    """Measure a start on a large tree of which most is ignored, and one that is all watched."""
    with _mostly_ignored() as folder:
        found = {tool: Needs() for tool in TOOLS}
        for _ in range(ROUNDS):
            for tool in TOOLS:
                _start(tool, folder, found[tool])
    folders = KEPT // PER_FOLDER
    _show(f"{FILES:,} files, all but {folders:,} folders ignored", found)
    with _all_kept() as folder:
        found, saves = {tool: Needs() for tool in TOOLS}, {}
        for tool in TOOLS:
            saves[tool] = _start(tool, folder, found[tool], saves=10)
    what = f"{FOLDERS:,} watched folders"
    _show(what, found)
    compare(f"{what}, a save", saves[ENVCTL], saves[COMPOSE])


def idle() -> None:
    """Measure the processor time of watches while nothing happens."""
    used = {}
    with small() as folder:
        for tool in TOOLS:
            with watched(tool, folder) as watch:
                time.sleep(SETTLED)
                before = watch.process.cpu()
                time.sleep(IDLE)
                used[tool] = watch.process.cpu() - before
    what = f"processor time of an idle watch in {IDLE:.0f} s"
    number(what, used[ENVCTL], used[COMPOSE], "{:.2f} s")


def _start(tool: Tool, folder: Path, needs: Needs, saves: int = 0) -> Saves:
    """Watch, edit at once, and then as often as is said; what this took is added to `needs`."""
    found = Saves(PATIENCE)
    with watched(tool, folder) as watch:
        first = _edit(watch, folder)
        if first is not None:
            needs.synced.append(watch.started + first)
        needs.started.append(watch.started)
        for _ in range(saves):
            time.sleep(GAP)
            found.add(_edit(watch, folder))
        needs.watches.append(watch.process.watches())
        needs.memory.append(watch.process.peak_memory())
    return found


def _edit(watch: Watch, folder: Path) -> float | None:
    content = str(time.time_ns()).encode()
    return one_save(watch, folder / SOURCE / _FILE, content, in_place, PATIENCE)


def _show(what: str, found: dict[Tool, Needs]) -> None:
    ours, theirs = found[ENVCTL], found[COMPOSE]
    print(row(f"{what}: start until it says that it watches", ours.started, theirs.started))
    if ours.synced and theirs.synced:
        name = f"{what}: start until an edit made then is in the container"
        print(row(name, ours.synced, theirs.synced), flush=True)
    number(f"{what}: inotify watches", max(ours.watches), max(theirs.watches), "{:,}")
    memory = median(ours.memory), median(theirs.memory)
    number(f"{what}: peak memory", *memory, "{:.0f} MB")


@contextmanager
def _mostly_ignored() -> Iterator[Path]:
    with project() as folder:
        _fill(folder / SOURCE, KEPT, PER_FOLDER)
        _fill(folder / SOURCE / IGNORED, FILES - KEPT, PER_FOLDER)
        yield folder


@contextmanager
def _all_kept() -> Iterator[Path]:
    with project() as folder:
        _fill(folder / SOURCE, FOLDERS, 1)
        yield folder


def _fill(root: Path, files: int, per_folder: int) -> None:
    for each in range(files):
        folder = root / f"d{each // per_folder}"
        if each % per_folder == 0:
            folder.mkdir(parents=True)
        (folder / f"f{each}").write_text(f"{each}\n" * 10)

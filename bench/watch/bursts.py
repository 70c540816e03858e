"""Many files at once: a switch of branches, and more events than the kernel keeps."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bench.stages.tables import share, show
from bench.timing import call, row, seconds
from bench.watch.process import Process
from bench.watch.project import (
    COMPOSE,
    ENVCTL,
    SOURCE,
    TOOLS,
    Tool,
    Watch,
    fill,
    project,
    watched,
)
from bench.watch.trees import Copied, Sizes, differing, sizes, until_same

FILES = 12_000
FATES = "ccccaaadddkk"
"""What becomes of files in turn: changed, added, deleted, kept."""
DIFFERING = FILES * 10 // 12
PER_FOLDER = 50
ROUNDS = 3
PATIENCE = 120.0
MAIN, OTHER = "main", "other"
AT_ONCE, FOLDERS = 5_000, 50
QUEUE = 64
PAUSE = 0.001
_MOST_EVENTS = Path("/proc/sys/fs/inotify/max_queued_events")


def switch() -> None:
    """Measure a `git checkout` until the container's tree is what is on disk."""
    with project() as folder:
        before, after = _repository(folder)
        found: dict[Tool, list[Copied]] = {tool: [] for tool in TOOLS}
        since: dict[Tool, list[Copied]] = {tool: [] for tool in TOOLS}
        for _ in range(ROUNDS):
            for tool in TOOLS:
                _checkout(folder, MAIN)
                with watched(tool, folder) as watch:
                    fill(folder)
                    _must_be_same(folder, watch)
                    begun = time.perf_counter()
                    git = _checkout(folder, OTHER)
                    there = folder / SOURCE, watch.inside
                    copied = until_same(*there, before, after, begun, PATIENCE)
                    found[tool].append(copied)
                    since[tool].append(copied.later(git))
    what = f"`git checkout`, {DIFFERING:,} files differ: until the tree is the same"
    _show(f"{what}, from its beginning", found[ENVCTL], found[COMPOSE])
    _show(f"{what}, from its end", since[ENVCTL], since[COMPOSE])


def overflow() -> None:
    """Measure how soon all is right again when the kernel has dropped events."""
    found, wrote = [], []
    for _ in range(ROUNDS):
        with project() as folder:
            source = folder / SOURCE
            for number in range(FOLDERS):
                (source / f"d{number}").mkdir()
            with watched(ENVCTL, folder, _with_small_queue) as watch:
                fill(folder)
                before, begun = sizes(source), time.perf_counter()
                for number in range(AT_ONCE):
                    path = source / f"d{number % FOLDERS}" / f"f{number}"
                    path.write_text(f"{number}\n" * 20)
                wrote.append(time.perf_counter() - begun)
                after = sizes(source)
                found.append(until_same(source, watch.inside, before, after, begun, PATIENCE))
    what = f"{AT_ONCE:,} files at once, room for {QUEUE} events: until the tree is the same"
    _show(f"{what}, from the first write", found)
    _show(f"{what}, from the last write", [c.later(w) for c, w in zip(found, wrote, strict=True)])


def _with_small_queue(process: Process) -> None:
    """Let the kernel keep few events for `process`; for those who ask later it is as before."""
    former = _MOST_EVENTS.read_text()
    try:
        _MOST_EVENTS.write_text(str(QUEUE))
        last = time.perf_counter() + PATIENCE
        while not process.has_inotify() and time.perf_counter() < last:
            time.sleep(PAUSE)
    finally:
        _MOST_EVENTS.write_text(former)


def _show(what: str, ours: Sequence[Copied], theirs: Sequence[Copied] = ()) -> None:
    """Print the row of copies; where one never came to its end, that is told instead of times."""
    times = [[copy.took for copy in side if copy.took is not None] for side in (ours, theirs)]
    if len(times[0]) == len(ours) and len(times[1]) == len(theirs):
        print(row(what, *times), flush=True)
    else:
        show(what, _cell(ours), _cell(theirs))


def _cell(copies: Sequence[Copied]) -> str:
    took = [copy.took for copy in copies if copy.took is not None]
    left = [copy.differing for copy in copies if copy.took is None]
    median = seconds(statistics.median(took)) if took else ""
    if not left:
        return median
    lost = f"never within {PATIENCE:.0f} s: {share(len(left), len(copies))}, "
    return f"{lost}{max(left):,} paths differ then; else {median}" if took else lost


def _repository(folder: Path) -> tuple[Sizes, Sizes]:
    """Make a repository whose branches differ, and return the sizes of both trees."""
    _git(folder, "init", "--quiet", "--initial-branch", MAIN)
    for branch in (MAIN, OTHER):
        for number in range(FILES):
            _write(folder, number, branch)
        if branch == OTHER:
            _git(folder, "checkout", "--quiet", "-b", branch)
        _git(folder, "add", "--all")
        _git(folder, "commit", "--quiet", "--message", branch)
    return _tree(folder, MAIN), _tree(folder, OTHER)


def _tree(folder: Path, branch: str) -> Sizes:
    _checkout(folder, branch)
    return sizes(folder / SOURCE)


def _write(folder: Path, number: int, branch: str) -> None:
    """Let a file be what it is in a branch; in one half of the tree whole folders have one fate."""
    group = number // PER_FOLDER
    fate = FATES[(number if number < FILES // 2 else group) % len(FATES)]
    path = folder / SOURCE / f"d{group}" / f"f{number}.py"
    path.parent.mkdir(exist_ok=True)
    if fate == ("a" if branch == MAIN else "d"):
        path.unlink(missing_ok=True)
    elif branch == MAIN or fate in "ca":
        path.write_text(f"{branch} {number}\n" * (20 + number % 100))


def _checkout(folder: Path, branch: str) -> float:
    return call(("git", "checkout", "--quiet", branch), folder)


def _git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0")
    call(("git", *who, *words), folder)


def _must_be_same(folder: Path, watch: Watch) -> None:
    if left := differing(folder / SOURCE, watch.inside):
        raise SystemExit(f"before anything has changed {len(left)} paths differ")

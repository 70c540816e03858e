"""A tool that goes on until it is ended: what it says, and what the kernel says of it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench.timing import Words

PATIENCE = 120.0
ENDING = 10.0
_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12
"""Where the times are in /proc/PID/stat, after the name."""


class Process:
    """A command under way, with the processes that it has started."""

    def __init__(self, words: Words, folder: Path) -> None:
        self._words, self._lines = words, queue.SimpleQueue[tuple[float, str]]()
        self._said: list[str] = []
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def until(self, start: str) -> float:
        """Wait for a line that begins with `start`; return the seconds since the command began."""
        while True:
            try:
                at, line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise self._failed(f"does not say {start!r}") from None
            self._said.append(line)
            if line.startswith(start):
                return at - self._begun
            if not line:
                raise self._failed(f"has ended before {start!r}")

    def watches(self) -> int:
        """Return how many inotify watches it has."""
        infos = [info for pid in self._pids() for info in (_PROC / str(pid) / "fdinfo").iterdir()]
        return sum(_read(info).count("inotify wd:") for info in infos)

    def has_inotify(self) -> bool:
        """Whether it has asked for events of files at all."""
        return any(
            "inotify" in _target(link)
            for pid in self._pids()
            for link in (_PROC / str(pid) / "fd").iterdir()
        )

    def peak_memory(self) -> float:
        """Return the most memory that it had at once, in MB."""
        lines = [
            line
            for pid in self._pids()
            for line in _read(_PROC / str(pid) / "status").splitlines()
            if line.startswith("VmHWM:")
        ]
        return sum(int(line.split()[1]) for line in lines) * 1024 / 1e6

    def cpu(self) -> float:
        """Return the seconds of processor time that it has used."""
        stats = [_read(_PROC / str(pid) / "stat").rpartition(")")[2] for pid in self._pids()]
        times = [stat.split() for stat in stats if stat]
        return sum(int(t[_USER]) + int(t[_SYSTEM]) for t in times) / _TICKS

    def end(self) -> None:
        """Interrupt it, and be sure that none of its processes is left."""
        pids = list(self._pids())
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in pids[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._thread.join(ENDING)

    def _pids(self) -> Iterator[int]:
        todo = [self._process.pid]
        while todo:
            pid = todo.pop(0)
            yield pid
            todo += [int(p) for p in _read_all(_PROC / str(pid) / "task", "children").split()]

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        for line in self._process.stdout:
            self._lines.put((time.perf_counter(), line))
        self._lines.put((time.perf_counter(), ""))

    def _failed(self, what: str) -> SystemExit:
        return SystemExit(f"{' '.join(self._words)} {what}: {''.join(self._said)}")


def _read(path: Path) -> str:
    """Return the text of a file of the kernel; nothing when its process has just ended."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _read_all(folder: Path, name: str) -> str:
    try:
        return " ".join(_read(each / name) for each in folder.iterdir())
    except OSError:
        return ""


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""

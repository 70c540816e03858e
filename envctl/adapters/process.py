"""Run command line tools: as values, with named timeouts, and ended for certain."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from envctl.domain.redaction import redact
from envctl.errors import CommandFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_calls = logging.getLogger("envctl.calls")

INTERRUPT_GRACE = 10.0
"""Seconds that a tool has to end by itself after it was asked to."""
TERMINATE_GRACE = 5.0
"""Seconds between telling it to end and ending it."""
_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h


@dataclass(frozen=True)
class Command:
    """A call of a tool; its text hides what looks like a secret. `content` is what it reads."""

    arguments: tuple[str, ...]
    folder: Path | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return shlex.join(redact(list(self.arguments)))

    def start(self, stdout: int | IO[bytes], stderr: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that Ctrl-C reaches it only through `end`."""
        _calls.debug("%s", self)
        with self._input() as content:
            return self._started(content, stdout, stderr)

    @contextmanager
    def _input(self) -> Iterator[int | IO[bytes]]:
        if not self.content:
            yield subprocess.DEVNULL
            return
        with tempfile.TemporaryFile() as file:  # it has no name, and its content may be secret
            file.write(self.content)
            file.seek(0)
            yield file

    def _started(
        self, content: int | IO[bytes], stdout: int | IO[bytes], stderr: int | IO[bytes]
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                env=merged(self.environment),
                stdin=content,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                preexec_fn=ending_with(os.getpid()),  # noqa: PLW1509 - makes one system call
            )
        except FileNotFoundError as error:
            if self.folder is not None and not self.folder.is_dir():
                raise CommandFailed(f"the folder {self.folder} is gone") from error
            raise Unreachable(
                f"the command {self.arguments[0]!r} is not installed or not in PATH"
            ) from error


def ending_with(parent: int) -> Callable[[], None] | None:
    """Return what makes a new process end when `parent` is killed; None where that cannot be.

    A tool that went on alone would work against the next command.
    """
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None)

    def ask() -> None:
        library.prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before that
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


def merged(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return this process's environment with `changes`; None takes a variable out."""
    both = {**os.environ, **changes}
    return {name: value for name, value in both.items() if value is not None}


@dataclass(frozen=True)
class Finished:
    """What a tool answered."""

    code: int
    stdout: str
    stderr: str


def run(command: Command, *, timeout: float | None) -> Finished:
    """Run `command` to its end, whatever its exit code; CommandFailed after `timeout` seconds."""
    process = command.start(subprocess.PIPE, subprocess.PIPE)
    with ending(process):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{command} did not end within {timeout:.0f} s") from error
    return Finished(process.returncode, _text(out), _text(err))


def stream(command: Command) -> Iterator[str]:
    """Yield the lines that `command` prints, stderr among them; CommandFailed when it fails."""
    process = command.start(subprocess.PIPE, subprocess.STDOUT)
    with ending(process):
        for line in process.stdout or ():
            yield _text(line).rstrip("\r\n")
        code = process.wait()
    if code != 0:
        raise CommandFailed(f"{command} ended with exit code {code}")


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave no process behind, whichever way the block is left."""
    try:
        yield
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End `process`: interrupt, terminate, kill, with a grace time before each next step."""
    for sent, grace in ((signal.SIGINT, INTERRUPT_GRACE), (signal.SIGTERM, TERMINATE_GRACE)):
        if process.poll() is not None:
            break
        _signal_all(process, sent)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        _signal_all(process, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _signal_all(process: subprocess.Popen[bytes], sent: signal.Signals) -> None:
    """Signal the whole session: a plugin of the docker command is a process of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sent)


class BackgroundRun:
    """A tool that works while something else goes on; its words are kept for later."""

    def __init__(self, command: Command) -> None:
        self._words = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as the run
        self._said = ""
        self._process = command.start(self._words, self._words)

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End it: ask first, then insist. Does nothing when it has ended."""
        end(self._process)
        self._said = self.complaint()
        self._words.close()

    def complaint(self) -> str:
        """Return what it has printed so far."""
        if not self._words.closed:
            self._words.seek(0)
            self._said = _text(self._words.read()).strip()
        return self._said


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")

"""`envctl watch` at work: a process, what it says, and what is in the containers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tarfile
import textwrap
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from tests.e2e.conftest import Playground, engine, eventually
from tests.e2e.file_trees import Seen, on_disk, seen

DOCKERFILE = """\
FROM busybox:1.35
COPY . /srv/
CMD ["sleep", "3600"]
"""
BARE = """\
FROM scratch
COPY --from=busybox:1.35 /bin/busybox /busybox
COPY . /srv/
CMD ["/busybox", "sleep", "3600"]
"""
"""An image with one program that no path leads to: no shell, no rm."""
SERVICE = """\
  {name}:
    build: {build}
    init: true
    stop_grace_period: 0s
    develop:
      watch:
"""
TOOL = """\
#!/bin/sh
wait_for() {{ while [ -e "{folder}/$1" ] && kill -0 $PPID 2>/dev/null; do sleep 0.02; done; }}
case "$*" in "buildx bake "*)
  echo build >>"{folder}/count"
  wait_for before
  "{docker}" "$@"
  code=$?
  wait_for after
  exit $code
esac
exec "{docker}" "$@"
"""
SYNC = "- {action: sync, path: ./web, target: /srv}"


def project(playground: Playground, **rules: str) -> None:
    """Write a project: services, which are built from a folder of their name, and their rules."""
    parts = ["services:\n"]
    for name, text in rules.items():
        parts.append(SERVICE.format(name=name, build=name))
        parts.append(textwrap.indent(textwrap.dedent(text).strip(), " " * 8) + "\n")
        playground.write(f"{name}/Dockerfile", DOCKERFILE)
        playground.write(f"{name}/page", "one")
    playground.write("compose.yaml", "".join(parts))


class Watching:
    """A watch that goes on, and all it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.out: list[str] = []
        self._readers = [
            threading.Thread(target=_read, args=(stream, lines), daemon=True)
            for stream, lines in ((process.stderr, self.lines), (process.stdout, self.out))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def stderr(self) -> str:
        """What it has said."""
        return "".join(self.lines)

    def says(self, *words: str, times: int = 1) -> str:
        """Wait for a line of stderr with all of `words`, for so many of them; return the last."""

        def found() -> list[str]:
            lines = [line for line in list(self.lines) if all(word in line for word in words)]
            if len(lines) < times:
                assert self.process.poll() is None, f"it has ended: {self.stderr}"
            return lines[times - 1 : times]

        return eventually(found, f"a line with {' and '.join(words)}")[0]

    def end(self, by: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop, and return its exit code, when all that it has said is here."""
        self.process.send_signal(by)
        code = self.process.wait(timeout=60)
        for reader in self._readers:
            reader.join(60)
        return code


def _read(stream: Any, lines: list[str]) -> None:
    with suppress(ValueError):  # closed by who has ended the process
        lines.extend(stream)


@contextmanager
def watching(
    playground: Playground,
    ended: list[subprocess.Popen[str]],
    *words: str,
    verb: str = "watch",
    wait: bool = True,
    ends: bool = True,
    **environment: str,
) -> Iterator[Watching]:
    """Yield a watch that has begun, or is to if this does not `wait`; it leaves no traceback.

    It is ended by Ctrl-C, unless the test `ends` it itself.
    """
    process = playground.start(verb, *words, **environment)
    ended.append(process)
    watch = Watching(process)
    try:
        if wait:
            watch.says("watching ", "Ctrl-C ends it")
        yield watch
        if ends:
            assert watch.process.poll() is None, "it has ended"
            assert watch.end() == 130
        assert "Traceback" not in watch.stderr
    except BaseException as error:
        error.add_note(f"the watch has said:\n{watch.stderr}")
        raise


def read(container: Container, path: str | bytes) -> str | None:
    """Return the text of a file in a container, running or not; None for anything else."""
    found = tree(container, path).get("")
    return found[1] if found and found[0] == "file" else None


def tree(container: Container, path: str | bytes) -> dict[str, tuple[str, str, int]]:
    """Return kind, text and mode of all at and below a path of a container."""
    try:
        return _without_owners(seen(engine().api, str(container.id), path))
    except tarfile.ReadError:  # the engine gives up where something goes while it reads
        return {}


def disk_tree(folder: Path) -> dict[str, tuple[str, str, int]]:
    """Return the same of a folder here."""
    return _without_owners(on_disk(folder))


def _without_owners(found: Mapping[str, Seen]) -> dict[str, tuple[str, str, int]]:
    return {name: (one.kind, os.fsdecode(one.content), one.mode) for name, one in found.items()}


class Builds:
    """A docker command that counts builds, and holds them up for as long as a test wants."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "bin").mkdir()
        tool = folder / "bin/docker"
        tool.write_text(TOOL.format(docker=shutil.which("docker"), folder=folder))
        tool.chmod(0o755)
        (folder / "count").touch()

    @property
    def environment(self) -> dict[str, str]:
        """What makes a command use it."""
        return {"PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}"}

    def count(self) -> int:
        """Return how many builds have begun."""
        return len((self._folder / "count").read_text().splitlines())

    def hold(self, when: str) -> None:
        """Let builds wait `before` they begin, or when their work is done, `after` it."""
        (self._folder / when).touch()

    def go_on(self) -> None:
        """Let them go on."""
        for when in ("before", "after"):
            (self._folder / when).unlink(missing_ok=True)

    def are(self, count: int) -> None:
        """Wait until so many have begun."""
        eventually(lambda: self.count() >= count, f"{count} builds")


def has(playground: Playground, service: str, path: str, text: str | None) -> None:
    """Wait until every container of a service has a file with `text`; without one for None."""

    def look() -> bool:
        found = playground.containers(service)
        try:
            return bool(found) and all(read(c, path) == text for c in found)
        except docker.errors.APIError:  # one of them is being removed
            return False

    eventually(look, f"{text!r} at {path} in {service}")


def started(playground: Playground, service: str) -> str:
    """Return since when the container of a service runs."""
    return str(playground.container(service).attrs["State"]["StartedAt"])

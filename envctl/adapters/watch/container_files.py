"""The files of containers, through the engine's archives: no program of an image is needed."""

from __future__ import annotations

import base64
import json
import posixpath
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envctl.adapters.engine_exec import run_inside
from envctl.adapters.watch.archive import is_same, packed, unmaker, unpacked
from envctl.domain.watch.stamp import Kind
from envctl.errors import CommandFailed
from envctl.ports.watch import Blocked, Gone

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.adapters.engine_http import EngineHttp
    from envctl.domain.watch.orders import Put
    from envctl.domain.watch.rule import Hook
    from envctl.ports.watch import Content

_STAT = "x-docker-container-path-stat"
_FOLDER, _LINK = 1 << 31, 1 << 27
"""Go's bits for what a file is."""
MANY = 40
"""So many removals are quicker by `rm` in the container, where there is one: each takes 2 to 3 ms
through the engine, a command 60."""
WHOLE = 60
"""So many files are compared quicker when their folder is read as a whole."""
MOST = 64 << 20
"""Bytes of a container that are read to compare them; what comes after counts as another."""
_AT_ONCE = 1000
_NO_PROGRAM = (126, 127)
_GONE = ("No such container", "marked for removal", "unexpectedly nil")
"""The last is said of a container whose files are gone, and which will be in a moment."""


class EngineFiles:
    """Works on containers whether they run or not; one thread at a time."""

    def __init__(self, http: EngineHttp) -> None:
        self._http = http

    def put(self, container: str, files: Iterable[tuple[str, Content]]) -> None:
        """Write contents to their absolute targets, in one stream; owned as Compose has it.

        That is by the user of the container, or where that is root by who owns them here.
        """
        with _said():
            self._http.put(
                _archive(container),
                packed(files),
                path="/",
                noOverwriteDirNonDir=True,
                copyUIDGID=True,
            )

    def remove(self, container: str, targets: Sequence[str], *, whole: bool) -> frozenset[str]:
        """Remove files, links and empty folders at `targets`; `whole` folders with all in them.

        Returns those that could not be removed.
        """
        if len(targets) > MANY and self._run_rm(container, targets, whole=whole):
            return frozenset()
        return frozenset(t for t in targets if not self._is_removed(container, t, whole=whole))

    def _is_removed(self, container: str, target: str, *, whole: bool) -> bool:
        kind = self.kind(container, target)
        if kind is None:
            return True
        if kind is Kind.FOLDER and not whole and not self._is_empty(container, target):
            return True
        folder, name = posixpath.split(target)
        with _said():
            self._http.put_status(_archive(container), unmaker(name), path=folder)
        if self.kind(container, target) is None:
            return True
        return self._run_rm(container, [target], whole=whole)

    def _is_empty(self, container: str, folder: str) -> bool:
        return not any(m.name.partition("/")[2] for m, _ in self._members(container, folder))

    def kind(self, container: str, target: str) -> Kind | None:
        """Return what is at `target`; None for nothing."""
        with _said():
            try:
                headers = self._http.head(_archive(container), path=target)
            except CommandFailed:
                return self._beyond(container, target)
        if headers is None:
            self._require(container)
            return None
        mode = int(json.loads(base64.b64decode(headers[_STAT]))["mode"])
        return Kind.FOLDER if mode & _FOLDER else Kind.LINK if mode & _LINK else Kind.FILE

    def _beyond(self, container: str, target: str) -> Kind | None:
        """Return what is at `target` where the engine refuses to look.

        That is below what is no folder; or a link that leads in a circle, or through a file.
        """
        above = posixpath.dirname(target)
        if above == target:
            self._require(container)
            raise CommandFailed(f"the engine does not show the files of container {container[:12]}")
        return Kind.LINK if self.kind(container, above) is Kind.FOLDER else None

    def names(self, container: str, folder: str) -> tuple[str, ...]:
        """Return the paths below `folder`, relative to it."""
        members = self._members(container, folder)
        return tuple(below for m, _ in members if (below := m.name.partition("/")[2]))

    def differing(self, container: str, puts: Sequence[Put]) -> frozenset[str]:
        """Return those targets where a container has something else than the disk."""
        if len(puts) <= WHOLE:
            return frozenset(p.target for p in puts if not self._has(container, p))
        tops: dict[str, list[Put]] = {}
        for put in puts:
            tops.setdefault(put.target.split("/")[1], []).append(put)
        parts = [self._differing_below(container, some) for some in tops.values()]
        return frozenset[str]().union(*parts)

    def _differing_below(self, container: str, puts: Sequence[Put]) -> frozenset[str]:
        folder = posixpath.commonpath([posixpath.dirname(p.target) for p in puts])
        left = {posixpath.relpath(p.target, folder): p for p in puts}
        size = 0
        for member, archive in self._members(container, folder):
            put = left.get(member.name.partition("/")[2])
            if put and is_same(member, archive, put.source):
                del left[member.name.partition("/")[2]]
            size += member.size
            if size > MOST or not left:
                break
        return frozenset(p.target for p in left.values())

    def run(self, container: str, hook: Hook) -> tuple[int, str]:
        """Run a command in a running container; returns exit code and what it printed."""
        with _said():
            ran = run_inside(
                self._http,
                container,
                hook.command,
                environment=hook.environment,
                user=hook.user,
                working_dir=hook.working_dir,
                privileged=hook.privileged,
                silence=None,
            )
        return ran.code, "".join(part.decode("utf-8", "replace") for part in (ran.out, ran.err))

    def restart(self, container: str) -> str:
        """Stop a container, as long as that may take, and start it again; returns when it did."""
        with _said():
            self._http.post(f"/containers/{container}/restart")
            state = self._http.get_json(f"/containers/{container}/json")["State"]
        return str(state["StartedAt"])

    def _has(self, container: str, put: Put) -> bool:
        """Whether a container has what the disk has at one place; no, where it does not show it."""
        try:
            for member, archive in self._members(container, put.target):
                return is_same(member, archive, put.source)
        except Gone:
            raise
        except CommandFailed:
            pass
        return False

    def _members(
        self, container: str, path: str
    ) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
        """Yield what is at `path` in a container, with all that is in it; nothing for nothing."""
        if self.kind(container, path) is None:
            return
        where = _archive(container)
        with _said(), self._http.stream(where, path=path) as chunks, unpacked(chunks) as archive:
            for member in archive:
                yield member, archive

    def _run_rm(self, container: str, targets: Sequence[str], *, whole: bool) -> bool:
        """Try the container's own `rm`; returns whether that has done all."""
        if not all(map(_is_text, targets)):
            return False  # a command goes as JSON, which has no word for such a name
        done = True
        for first in range(0, len(targets), _AT_ONCE):
            some = targets[first : first + _AT_ONCE]
            try:
                code = self._ran_as_root(container, "rm", "-rf" if whole else "-f", "--", *some)
                if code and not whole and code not in _NO_PROGRAM:
                    self._ran_as_root(container, "rmdir", "--", *some)
            except CommandFailed:  # it does not run
                return False
            done &= code == 0
        return done

    def _ran_as_root(self, container: str, *command: str) -> int:
        return run_inside(self._http, container, command, user="0", silence=None).code

    def _require(self, container: str) -> None:
        with _said():
            state = self._http.get_json(f"/containers/{container}/json")["State"]
        if state["Status"] in ("removing", "dead"):
            raise Gone(f"container {container[:12]} is being removed")


def _archive(container: str) -> str:
    return f"/containers/{container}/archive"


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


@contextmanager
def _said() -> Iterator[None]:
    """Tell apart what the engine refuses."""
    try:
        yield
    except CommandFailed as error:
        words = error.message
        if any(known in words for known in _GONE):
            raise Gone(words) from error
        if "cannot overwrite" in words:
            raise Blocked(words) from error
        raise

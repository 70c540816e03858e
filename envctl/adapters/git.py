"""Git: which commit a folder is at, and what in it is no part of that commit."""

from __future__ import annotations

import os
import re
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.domain.commit import Commit, LoggedCommit, Uncommitted, folders_above, is_below
from envctl.errors import Failed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.domain.project import Project
    from envctl.domain.service import Build

TIMEOUT = 120.0
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_LINK = " 160000 "  # the mode of a submodule that is not there
_ENVIRONMENT = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
_SSH = re.compile(r"(?:ssh://)?(?:[^@/\s]+@)?(?P<host>[^:/\s]+)[:/](?:\d+/)?(?P<path>[^\s]+)")


class Git:
    """Asks Git about the repository that `folder` is in; there may be none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._committed: dict[tuple[str, ...], frozenset[str]] = {}

    def commit(self) -> Commit | None:
        """Return the commit that is checked out; None without a repository or a commit."""
        words = ("--no-patch", "--no-show-signature", "--format=%H%n%ct%n%an <%ae>")
        said = self._ask("show", *words, "HEAD")
        if said is None:
            return None
        digest, seconds, author = said.splitlines()[:3]
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
        return Commit(digest, created, author, self._source())

    def commits(self, old: str, new: str) -> tuple[LoggedCommit, ...] | None:
        """Return those that are in `new` and not in `old`, the newest first.

        None where this repository does not have both; anybody may have called a commit anything.
        """
        if not all(_COMMIT.fullmatch(one) for one in (old, new)):
            return None
        words = ("--no-show-signature", "--format=%H%x00%an%x00%s", f"{old}..{new}", "--")
        said = self._ask("log", *words)
        if said is None:
            return None
        return tuple(LoggedCommit(*line.split("\0", 2)) for line in said.splitlines())

    def top(self) -> str:
        """Return the folder of the repository, links followed; empty without one."""
        return self._top

    @cached_property
    def _top(self) -> str:
        return (self._ask("rev-parse", "--show-toplevel") or "").removesuffix("\n")

    def uncommitted(self) -> tuple[Uncommitted, ...]:
        """Return what is changed or new; paths are absolute. Nothing without a repository."""
        root = self.top()
        if not root:
            return ()
        # a file that can be executed here is another file, whatever this clone is set to overlook
        words = ("-c", "core.fileMode=true", "status", "--porcelain=v1", "-z")
        found = (self._ask(*words, "--untracked-files=all", "--no-renames") or "").split("\0")
        return tuple(Uncommitted(f"{root}/{entry[3:]}".rstrip("/")) for entry in found if entry)

    def committed(self, places: Sequence[str]) -> frozenset[str]:
        """Return the files at or below `places` that Git watches, and their folders; see the port.

        They are looked up once. Not those that Git was told to take for unchanged or whose line
        ends it has changed, nor submodules that are not there.
        """
        inside = tuple(sorted({p for p in places if self._top and is_below(p, self._top)}))
        if inside not in self._committed:
            self._committed[inside] = self._watched(self._top, inside)
        return self._committed[inside]

    def _watched(self, root: str, inside: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        if inside:
            words = ("--literal-pathspecs", "-C", root, "ls-files", "-v", "-z", "--stage")
            said = self._ask(*words, "--recurse-submodules", "--", *inside) or ""
            lines = (line.partition("\t") for line in said.split("\0"))
            found = {
                f"{root}/{p}" for kind, _, p in lines if kind[:2] == "H " and _LINK not in kind
            }
            found -= self._with_other_line_ends(root, inside)
        return frozenset(found | _above(found))

    def _with_other_line_ends(self, root: str, inside: Sequence[str]) -> set[str]:
        """Return the files whose lines end in another way here than in the commit."""
        said = self._ask("-C", root, "ls-files", "--eol", "-z", "--", *inside) or ""
        lines = (line.partition("\t") for line in said.split("\0") if line)
        ends = ((words.split(), path) for words, _, path in lines)
        return {
            f"{root}/{path}"
            for (index, here, *_), path in ends
            if here[2:] and index[2:] != here[2:]
        }

    def unclean(self, project: Project, services: Iterable[str]) -> frozenset[str]:
        """Return those of the built services with files that are in no commit as they are.

        What Git ignores does not count here; without a repository nothing does.
        """
        folders = {s.name: _folders(s.build) for s in map(project.service, services) if s.build}
        changed = [one.path for one in self.uncommitted()]
        return frozenset(
            name
            for name, places in folders.items()
            if any(is_below(path, place) for path in changed for place in places)
        )

    def _source(self) -> str:
        """Return where the repository is to be had, the same for every way to reach it."""
        return public_address((self._ask("remote", "get-url", "origin") or "").strip())

    def _ask(self, *words: str) -> str | None:
        from envctl.adapters.process import Command, run  # for builds and releases only

        try:
            answer = run(Command(("git", *words), self._folder, _ENVIRONMENT), timeout=TIMEOUT)
        except Unreachable:  # a machine without Git has no repositories
            return None
        if "dubious ownership" in answer.stderr:
            raise Failed(
                f"Git does not trust {self._folder}: it belongs to another user",
                hint=f"git config --global --add safe.directory {self._folder}",
            )
        return answer.stdout if answer.code == 0 else None


def _above(paths: set[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        for folder in folders_above(path):
            if folder in found:
                break
            found.add(folder)
    return found


def _folders(build: Build) -> tuple[str, ...]:
    """Return where the files of a build lie, links followed as Git does."""
    places = [str(Path(build.context, build.dockerfile))] if build.dockerfile else []
    places += [build.context, *(folder for _, folder in build.extra_contexts)]
    return tuple(os.path.realpath(place) for place in places)


def public_address(remote: str) -> str:
    """Return the address of a remote as anyone may see it; empty for one on this machine.

    `git@host:a/b.git`, `ssh://git@host/a/b` and `https://user:word@host/a/b.git` are one.
    """
    scheme, separator, rest = remote.partition("://")
    if separator and scheme not in ("ssh", "git", "http", "https", "git+ssh"):
        return ""
    if not separator and (remote.startswith(("/", ".")) or ":" not in remote.partition("/")[0]):
        return ""
    found = _SSH.fullmatch(rest if separator else remote)
    if not found:
        return ""
    return f"https://{found['host']}/{found['path'].removesuffix('.git').strip('/')}"

"""Which paths concern which rules; asked before a folder is watched, so no ignored one ever is.

A rule leaves out what its own `ignore` says, what the build context's `.dockerignore` says, `.git`
and the files that editors leave beside what they save. A rule whose own path the context leaves
out means it: then `.dockerignore` has no say in it.
"""

from __future__ import annotations

import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from envctl.domain.ignore import IgnoreMatcher, parse_ignore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.domain.watch.rule import WatchRule

EDITORS = (
    "**/.git", "**/4913", "**/*~", "**/.*.sw?", "**/.#*", "**/#*#", "**/*___jb_tmp___",
    "**/*___jb_old___", "**/.idea", "**/.*.kate-swp", "**/.goutputstream-*", "**/*-go-tmp-umask",
)  # fmt: skip
"""What nobody means to have in a container: the repository, and editors' own files."""


_NONE: tuple[bool, ...] = ()


class _State(NamedTuple):
    """What is known of a folder before what it contains is asked about."""

    own: tuple[bool, ...] = ()
    outer: tuple[bool, ...] = ()
    included: tuple[bool, ...] = ()
    closed: bool = False


class Scope:
    """One rule and what it leaves out.

    `outer` is the matcher of the build context `context`, None where there is none.
    """

    def __init__(
        self, rule: WatchRule, context: str = "", outer: IgnoreMatcher | None = None
    ) -> None:
        self.rule, self.root = rule, rule.path
        self._inside = "/" if self.root == "/" else f"{self.root}/"
        self._own = _matcher((*rule.ignore, *EDITORS), f"{rule.place}.ignore")
        self._include = _matcher(rule.include, f"{rule.place}.include") if rule.include else None
        self._outer, self._context = _applied(outer, context, self.root), context
        self._states: dict[str, _State] = {}

    def holds(self, path: str) -> bool:
        """Whether `path` is the rule's own or lies below it."""
        return path == self.root or path.startswith(self._inside)

    def enters(self, folder: str) -> bool:
        """Whether something in `folder`, which it holds, can concern the rule."""
        return not self._state(folder).closed

    def matches(self, path: str) -> bool:
        """Whether the rule is about `path`, which it holds."""
        return self.included(path) and not self.ignores(path)

    def included(self, path: str) -> bool:
        """Whether `include` says so; for folders, which only lead to files, it never does."""
        if self._include is None:
            return True
        above = self._state(posixpath.dirname(path)).included if path != self.root else ()
        return self._include.decide(self.relative(path), above)[0]

    def ignores(self, path: str) -> bool:
        """Whether `path`, which it holds, is left out; its existence does not matter."""
        above = _State() if path == self.root else self._state(posixpath.dirname(path))
        return above.closed or self._decide(path, above)[0]

    def relative(self, path: str) -> str:
        """Return the way from the rule's path to one that it holds; empty for itself."""
        return path[len(self._inside) :]

    def target(self, path: str) -> str:
        """Return where `path`, which it holds, belongs in a container."""
        target = self.rule.target
        if path == self.root:
            base = posixpath.basename(path)
            return posixpath.join(target, base) if target.endswith("/") else target
        return posixpath.join(target, self.relative(path))

    def _state(self, folder: str) -> _State:
        if (known := self._states.get(folder)) is None:
            known = self._states[folder] = self._judge(folder)
        return known

    def _judge(self, folder: str) -> _State:
        if folder == self.root:
            _, outer = self._outside(folder, None)
            return _State(outer=outer)
        above = self._state(posixpath.dirname(folder))
        if above.closed:
            return above
        ignored, own, outer = self._decide(folder, above)
        closed = ignored and any(state and state[-1] for state in (own, outer))
        included: tuple[bool, ...] = ()
        if self._include is not None:
            _, included = self._include.decide(self.relative(folder), above.included)
        return _State(own, outer, included, closed)

    def _decide(self, path: str, above: _State) -> tuple[bool, tuple[bool, ...], tuple[bool, ...]]:
        ignored, own = False, above.own
        if path != self.root:
            ignored, own = self._own.decide(self.relative(path), above.own)
        left_out, outer = self._outside(path, above)
        return ignored or left_out, own, outer

    def _outside(self, path: str, above: _State | None) -> tuple[bool, tuple[bool, ...]]:
        """Ask the build context, from its own folder down to the rule's once."""
        if self._outer is None or path == self._context:
            return False, ()
        relative = posixpath.relpath(path, self._context)
        if path != self.root and above is not None:
            return self._outer.decide(relative, above.outer)
        ignored, matched, walked = False, _NONE, ""
        for part in relative.split("/"):
            walked = posixpath.join(walked, part)
            ignored, matched = self._outer.decide(walked, matched)
        return ignored, matched


class Interest:
    """All rules at once; paths are absolute."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.scopes = tuple(scopes)
        self.roots = tuple(dict.fromkeys(scope.root for scope in self.scopes))
        self._leading: dict[str, set[str]] = {}

    def lead_from(self, base: str) -> None:
        """Follow the way to every root from the folder `base`, else from the folder it is in."""
        for root in self.roots:
            below = root
            while below != "/":
                folder = posixpath.dirname(below)
                self._leading.setdefault(folder, set()).add(posixpath.basename(below))
                if folder == base or not _lies_in(folder, base):
                    break
                below = folder

    @property
    def anchors(self) -> tuple[str, ...]:
        """Folders that are watched only because a root may come and go in them, outermost first."""
        return tuple(sorted(self._leading))

    @property
    def starts(self) -> tuple[str, ...]:
        """Where to begin: from there all that matters is found."""
        return (*self.anchors, *(root for root in self.roots if root == "/"))

    def matching(self, path: str) -> Iterator[Scope]:
        """Yield the rules that are about `path`."""
        return (s for s in self.scopes if s.holds(path) and s.matches(path))

    def concerns(self, path: str) -> bool:
        """Whether any rule is about `path`."""
        return next(self.matching(path), None) is not None

    def enters(self, folder: str) -> bool:
        """Whether `folder` has to be watched, if it is one."""
        if folder in self._leading:
            return True
        return any(s.holds(folder) and s.enters(folder) for s in self.scopes)

    def notices(self, folder: str, name: str, *, is_folder: bool) -> bool:
        """Whether the entry `name` of a watched folder may matter."""
        if name in self._leading.get(folder, ()):
            return True
        path = posixpath.join(folder, name)
        held = [s for s in self.scopes if s.holds(path)]
        return any(s.matches(path) or (is_folder and s.enters(path)) for s in held)


@lru_cache(maxsize=256)
def _matcher(patterns: Sequence[str], where: str) -> IgnoreMatcher:
    return IgnoreMatcher(parse_ignore("\n".join(patterns), where))


def _applied(outer: IgnoreMatcher | None, context: str, root: str) -> IgnoreMatcher | None:
    if outer is None or not outer.rules or not _lies_in(root, context):
        return None
    ignored, matched, walked = False, _NONE, ""
    for part in posixpath.relpath(root, context).split("/") if root != context else ():
        walked = posixpath.join(walked, part)
        ignored, matched = outer.decide(walked, matched)
    return None if ignored else outer


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")

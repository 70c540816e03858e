"""Which paths concern which rules; asked before a folder is watched, so no ignored one ever is.

A rule leaves out what its own `ignore` says, what the build context's `.dockerignore` says, `.git`
and the files that editors leave beside what they save. A rule whose own path the context leaves
out means it: then `.dockerignore` has no say in it.
"""

from __future__ import annotations

import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from envctl.domain.commit import is_below
from envctl.domain.ignore import IgnoreMatcher, parse_ignore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        self._inside = _inside(self.root)
        self._own = _matcher((*rule.ignore, *EDITORS), f"{rule.place}.ignore")
        self._include = _matcher(rule.include, f"{rule.place}.include") if rule.include else None
        self._outer, self._skipped = _applied(outer, context, self.root), len(_inside(context))
        self._context = context
        self._states: dict[str, _State] = {}

    def holds(self, path: str) -> bool:
        """Whether `path` is the rule's own or lies below it."""
        return path == self.root or path.startswith(self._inside)

    def enters(self, folder: str) -> bool:
        """Whether something in `folder`, which it holds, can concern the rule."""
        return not self.state(folder).closed

    def matches(self, path: str) -> bool:
        """Whether the rule is about `path`, which it holds."""
        return self.judges(path, self._above(path))

    def judges(self, path: str, above: _State) -> bool:
        """Return the same, for what is known of the folder that `path` is in.

        `include` is about files: folders, which only lead to them, seldom match.
        """
        if self._include and not self._include.decide(self.relative(path), above.included)[0]:
            return False
        return not (above.closed or self._decide(path, above)[0])

    def ignores(self, path: str) -> bool:
        """Whether `path`, which it holds, is left out; its existence does not matter."""
        above = self._above(path)
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

    def state(self, folder: str) -> _State:
        """Return what is known of a folder that it holds."""
        if (known := self._states.get(folder)) is None:
            known = self._states[folder] = self._judge(folder)
        return known

    def _above(self, path: str) -> _State:
        return _State() if path == self.root else self.state(posixpath.dirname(path))

    def _judge(self, folder: str) -> _State:
        if folder == self.root:
            return _State(outer=self._walked()[1])
        above = self.state(posixpath.dirname(folder))
        if above.closed:
            return above
        ignored, own, outer = self._decide(folder, above)
        closed = ignored and any(state and state[-1] for state in (own, outer))
        included = _NONE
        if self._include:
            _, included = self._include.decide(self.relative(folder), above.included)
        return _State(own, outer, included, closed)

    def _decide(self, path: str, above: _State) -> tuple[bool, tuple[bool, ...], tuple[bool, ...]]:
        if path == self.root:
            left_out, outer = self._walked()
            return left_out, _NONE, outer
        ignored, own = self._own.decide(self.relative(path), above.own)
        if self._outer is None:
            return ignored, own, _NONE
        left_out, outer = self._outer.decide(path[self._skipped :], above.outer)
        return ignored or left_out, own, outer

    def _walked(self) -> tuple[bool, tuple[bool, ...]]:
        """Ask the build context, from its own folder down to the rule's."""
        if self._outer is None or self.root == self._context:
            return False, _NONE
        return _walk(self._outer, self.root[self._skipped :])


class Interest:
    """All rules at once; paths are absolute."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.scopes = tuple(scopes)
        self.roots = tuple(dict.fromkeys(scope.root for scope in self.scopes))
        self._leading: dict[str, set[str]] = {}
        self._within: dict[str, tuple[tuple[Scope, _State], ...]] = {}

    def lead_from(self, base: str) -> None:
        """Follow the way to every root from the folder `base`, else from the folder it is in."""
        for root in self.roots:
            below = root
            while below != "/":
                folder = posixpath.dirname(below)
                self._leading.setdefault(folder, set()).add(posixpath.basename(below))
                if folder == base or not is_below(folder, base):
                    break
                below = folder

    @property
    def anchors(self) -> tuple[str, ...]:
        """Folders that are watched only because a root may come and go in them, outermost first."""
        return tuple(sorted(self._leading))

    @property
    def starts(self) -> tuple[str, ...]:
        """Where to begin: from there all that matters is found. No other tells of these."""
        folders = {*self._leading, *(root for root in self.roots if root == "/")}
        tops = (f for f in folders if f == "/" or posixpath.dirname(f) not in folders)
        return tuple(sorted(tops))

    def matching(self, path: str) -> tuple[Scope, ...]:
        """Return the rules that are about `path`."""
        folder = path.rpartition("/")[0] or "/"
        found = [s for s, state in self._scopes_in(folder) if s.judges(path, state)]
        if path in self.roots:
            found += [s for s in self.scopes if s.root == path and s.matches(path)]
        return tuple(found)

    def concerns(self, path: str) -> bool:
        """Whether any rule is about `path`."""
        return bool(self.matching(path))

    def enters(self, folder: str) -> bool:
        """Whether `folder` has to be watched, if it is one."""
        return folder in self._leading or bool(self._scopes_in(folder))

    def notices(self, folder: str, name: str, *, is_folder: bool) -> bool:
        """Whether the entry `name` of a watched folder may matter."""
        if name in self._leading.get(folder, ()):
            return True
        path = f"{_inside(folder)}{name}"
        return self.concerns(path) or (is_folder and self.enters(path))

    def _scopes_in(self, folder: str) -> tuple[tuple[Scope, _State], ...]:
        """Return the rules that can be about something in `folder`, with what they know of it."""
        if (known := self._within.get(folder)) is None:
            held = ((s, s.state(folder)) for s in self.scopes if s.holds(folder))
            known = self._within[folder] = tuple((s, of) for s, of in held if not of.closed)
        return known


@lru_cache(maxsize=256)
def _matcher(patterns: Sequence[str], where: str) -> IgnoreMatcher:
    return IgnoreMatcher(parse_ignore("\n".join(patterns), where))


def _applied(outer: IgnoreMatcher | None, context: str, root: str) -> IgnoreMatcher | None:
    if outer is None or not outer.rules or not is_below(root, context):
        return None
    if root == context:
        return outer
    return None if _walk(outer, root[len(_inside(context)) :])[0] else outer


def _walk(matcher: IgnoreMatcher, path: str) -> tuple[bool, tuple[bool, ...]]:
    """Ask `matcher` about `path`, and first about the folders that it is in."""
    ignored, matched, walked = False, _NONE, ""
    for part in path.split("/"):
        walked = f"{walked}/{part}" if walked else part
        ignored, matched = matcher.decide(walked, matched)
    return ignored, matched


def _inside(folder: str) -> str:
    return folder if folder.endswith("/") else f"{folder}/"

"""Which paths of a build context the engine leaves out: `.dockerignore`, exactly as it reads it.

The rules are those of the engine's own matcher (moby/patternmatcher and its ignorefile), found
by reading it and held by a differential test against real builds.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from envctl.errors import ConfigurationError

# Go's unicode.IsSpace below U+0100, then the rest of it; str.strip() would take more
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_ESCAPED = frozenset(".+()|{}$")
_META = re.compile(r"[*?\[\]\\]")


@dataclass(frozen=True)
class Rule:
    """One line: paths that it matches are left out, or with `keeps` brought back."""

    keeps: bool
    regex: re.Pattern[str]


def parse_ignore(text: str, where: str = ".dockerignore") -> tuple[Rule, ...]:
    """Return the rules of an ignore file; ConfigurationError names the line that is no pattern."""
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        pattern = line.removesuffix("\r")
        if pattern.startswith("#") or not (pattern := pattern.strip(_SPACE)):
            continue
        try:
            rules.append(_rule(pattern))
        except (re.error, ValueError) as error:
            message = f"{where}, line {number}: {pattern!r} is not a pattern ({error})"
            raise ConfigurationError(message) from error
    return tuple(rules)


def _rule(pattern: str) -> Rule:
    keeps = pattern.startswith("!")
    if keeps and not (pattern := pattern[1:].strip(_SPACE)):
        raise ValueError("an exclamation mark alone")
    cleaned = _clean(pattern)
    if len(cleaned) > 1:
        cleaned = cleaned.removeprefix("/")
    return Rule(keeps, re.compile(_regex(cleaned), re.ASCII))


def _clean(pattern: str) -> str:
    """Shorten as Go's filepath.Clean does: unlike normpath, two leading slashes become one."""
    cleaned = posixpath.normpath(pattern)
    return "/" + cleaned.lstrip("/") if cleaned.startswith("//") else cleaned


def _regex(pattern: str) -> str:
    """Translate as the engine does, its oddities included: brackets are passed on as they are."""
    rest = pattern.removeprefix("**")
    if rest != pattern and not _META.search(rest):
        return _suffix_regex(rest)
    out, i = [], 0
    while i < len(pattern):
        part, i = _token(pattern, i)
        out.append(part)
    return "".join(out) + r"\Z"


def _suffix_regex(rest: str) -> str:
    """`**` before plain text: any path that ends so, and for `**/x` also `x` itself."""
    if rest.startswith("/"):
        return rf"(.*/)?{re.escape(rest[1:])}\Z"
    return rf".*{re.escape(rest)}\Z"


def _token(pattern: str, i: int) -> tuple[str, int]:
    """Return the expression for what starts at `i`, and where the next thing starts."""
    char = pattern[i]
    if char == "*":
        return _stars(pattern, i)
    if char == "?":
        return "[^/]", i + 1
    if char == "\\":
        if i + 1 == len(pattern):
            raise ValueError("it ends with a backslash")
        return pattern[i : i + 2], i + 2
    return ("\\" + char if char in _ESCAPED else char), i + 1


def _stars(pattern: str, i: int) -> tuple[str, int]:
    if pattern[i : i + 2] != "**":
        return "[^/]*", i + 1
    after = i + 3 if pattern[i + 2 : i + 3] == "/" else i + 2
    return (".*", after) if after >= len(pattern) else ("(.*/)?", after)


class IgnoreMatcher:
    """Answers for paths below a context; a folder has to be asked before what it contains."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self.brings_back = any(rule.keeps for rule in rules)

    def decide(self, path: str, above: Sequence[bool] = ()) -> tuple[bool, tuple[bool, ...]]:
        """Return whether `path` is left out, and what to pass as `above` for paths below it.

        `path` has forward slashes and is relative to the context. A rule that matched a folder
        matches all that is in it.
        """
        ignored, matched = False, []
        for index, rule in enumerate(self._rules):
            hit = bool(above) and above[index]
            if not hit and rule.keeps == ignored:
                hit = rule.regex.match(path) is not None
            matched.append(hit)
            if hit:
                ignored = not rule.keeps
        return ignored, tuple(matched)

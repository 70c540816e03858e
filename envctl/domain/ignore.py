"""Which paths of a build context the engine leaves out: `.dockerignore`, exactly as it reads it.

The rules are those of the engine's own matcher (moby/patternmatcher, its ignorefile, and the walk
of tonistiigi/fsutil), found by reading them and held by a differential test against real builds.
What of them is Go's regular expressions lives in `go_patterns.py`.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from envctl.domain.go_patterns import is_glob, to_python
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Go's unicode.IsSpace below U+0100, then the rest of it; str.strip() would take more
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_META = re.compile(r"[*?\[\]\\]")
# what makes the engine look into every ignored folder, when an exception has it
_WIDE = re.compile(r"[*?\[\]\\^]")


@dataclass(frozen=True)
class Rule:
    """One line: paths that it matches are left out, or with `keeps` brought back."""

    keeps: bool
    pattern: str
    place: str

    def __str__(self) -> str:
        return f"!{self.pattern}" if self.keeps else self.pattern

    def matches(self, path: str) -> bool:
        """Whether it is about `path` itself; ConfigurationError when it means nothing.

        Some mistakes show only here, because the engine too finds them only when it gets here.
        """
        return self._regex.match(path) is not None

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        try:
            return re.compile(_regex(self.pattern), re.ASCII)
        except (re.error, ValueError) as error:
            raise _wrong(self.place, self.pattern, error) from error


def parse_ignore(text: str, where: str = ".dockerignore") -> tuple[Rule, ...]:
    """Return the rules of an ignore file; ConfigurationError names the line that is no pattern."""
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        pattern = line.removesuffix("\r")
        if pattern.startswith("#") or not (pattern := pattern.strip(_SPACE)):
            continue
        place = f"{where}, line {number}"
        try:
            rule = _rule(_relative(pattern), place)
        except ValueError as error:
            raise _wrong(place, pattern, error) from error
        rules += [rule] if rule else []
    return tuple(rules)


def _wrong(place: str, pattern: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"{place}: {pattern!r} is not a pattern ({error})")


def _relative(line: str) -> str:
    """What the reader of the file makes of a line."""
    mark, rest = ("!", line[1:].strip(_SPACE)) if line.startswith("!") else ("", line)
    cleaned = _clean(rest) if rest else ""
    return mark + (cleaned.removeprefix("/") if len(cleaned) > 1 else cleaned)


def _rule(line: str, place: str) -> Rule | None:
    """What the matcher makes of what the reader hands it: it trims and shortens once more."""
    if not (pattern := line.strip(_SPACE)):
        return None
    pattern = _clean(pattern)
    keeps = pattern.startswith("!")
    pattern = pattern.removeprefix("!") if keeps else pattern
    if not pattern:
        raise ValueError("an exclamation mark alone")
    if not is_glob(pattern):
        raise ValueError("a bracket or a backslash in it is left open")
    return Rule(keeps, pattern, place)


def _clean(pattern: str) -> str:
    """Shorten as Go's filepath.Clean does: unlike normpath, two leading slashes become one."""
    cleaned = posixpath.normpath(pattern)
    return "/" + cleaned.lstrip("/") if cleaned.startswith("//") else cleaned


def _regex(pattern: str) -> str:
    """Translate as the engine does, its oddities included.

    Plain text, `**` before it and `**` after it are compared as they are; only the rest is a
    regular expression there, in which `^` has its meaning and brackets are passed on.
    """
    if not _META.search(pattern):
        return rf"{re.escape(pattern)}\Z"
    ending, beginning = pattern.removeprefix("**"), pattern.removesuffix("**")
    if ending != pattern and not _META.search(ending):
        head = "(?s:.*/)?" if ending.startswith("/") else "(?s:.*)"
        return rf"{head}{re.escape(ending.removeprefix('/'))}\Z"
    if beginning != pattern and not _META.search(beginning):
        return re.escape(beginning)
    return to_python(pattern)


class IgnoreMatcher:
    """Answers for paths below a context; a folder has to be asked before what it contains."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        kept = [_without_globs(rule.pattern) for rule in rules if rule.keeps]
        self._wide = any(_WIDE.search(pattern) for pattern in kept)
        self._ways = tuple(f"{pattern}/" for pattern in kept)
        self._any = _together(self.rules)
        self._nothing = (False,) * (len(self.rules) + 1)

    def decide(self, path: str, above: Sequence[bool] = ()) -> tuple[bool, tuple[bool, ...]]:
        """Return whether `path` is left out, and what to pass as `above` for paths below it.

        `path` has forward slashes and is relative to the context. A rule that matched a folder
        matches all that is in it.
        """
        if above and above[-1]:
            return True, tuple(above)
        untouched = not above or above is self._nothing
        if untouched and self._any is not None and not self._any.match(path):
            return False, self._nothing  # what no rule is about; most paths of most contexts
        return self._in_turn(path, above)

    def _in_turn(self, path: str, above: Sequence[bool]) -> tuple[bool, tuple[bool, ...]]:
        ignored, matched = False, []
        for index, rule in enumerate(self.rules):
            hit = bool(above) and above[index]
            if not hit and rule.keeps == ignored:
                hit = rule.matches(path)
            matched.append(hit)
            if hit:
                ignored = not rule.keeps
        return ignored, (*matched, ignored and self.closes(path))

    def closes(self, path: str) -> bool:
        """Whether the engine, when it ignores the folder `path`, does not even look into it."""
        return not self._wide and not any(way.startswith(f"{path}/") for way in self._ways)


def _without_globs(pattern: str) -> str:
    return pattern.removesuffix("/**").removesuffix("/*")


def _together(rules: Sequence[Rule]) -> re.Pattern[str] | None:
    """Return what matches where any rule does; None when one of them means nothing."""
    try:
        return re.compile("|".join(f"(?:{_regex(rule.pattern)})" for rule in rules), re.ASCII)
    except (re.error, ValueError):
        return None

"""Variables in a Dockerfile, filled as the builder fills them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BARE = re.compile(r"\w+")
_BRACED = re.compile(r"(?P<name>\w+)(?P<change>:?[-+?]|##?|%%?|//?|)(?P<word>.*)", re.DOTALL)


def filled(word: str, values: Mapping[str, str]) -> str:
    """Return `word` without quotes, its variables filled from `values`; unknown ones are empty."""
    parts, at, literal = [], 0, False
    while at < len(word):
        char, at = word[at], at + 1
        if char == "'":
            literal = not literal
        elif char == "$" and not literal:
            name, at = _variable(word, at)
            parts.append(_value(name, values) if name else "$")
        elif char == "\\" and not literal:
            parts.append(word[at : at + 1])
            at += 1
        elif char != '"' or literal:
            parts.append(char)
    return "".join(parts)


def _variable(word: str, at: int) -> tuple[str, int]:
    """Return what is in the braces, or the name, that starts at `at`; and where it has ended."""
    if word[at : at + 1] != "{":
        found = _BARE.match(word, at)
        return (found[0], found.end()) if found else ("", at)
    depth, end = 1, at + 1
    while end < len(word) and depth:
        depth += {"{": 1, "}": -1}.get(word[end], 0)
        end += 1
    return word[at + 1 : end - 1], end


def _value(said: str, values: Mapping[str, str]) -> str:
    found = _BRACED.fullmatch(said)
    if found is None:
        return ""
    value, change, word = values.get(found["name"]), found["change"], filled(found["word"], values)
    if change in ("-", "+", "?", ":-", ":+", ":?"):
        there = bool(value) if change.startswith(":") else value is not None
        kept = (value or "") if there else ""
        return {"-": kept if there else word, "+": word if there else ""}.get(change[-1], kept)
    return _cut(value or "", change, word) if change else value or ""


def _cut(value: str, change: str, word: str) -> str:
    """Take off what a pattern matches at the beginning or end, or replace it."""
    pattern, _, new = word.partition("/") if change.startswith("/") else (word, "", "")
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    if change.startswith("/"):
        return re.sub(expression, lambda _: new, value, count=0 if change == "//" else 1)
    longest = len(change) == 2
    ends = range(len(value) + 1)
    if change.startswith("#"):
        order = reversed(ends) if longest else iter(ends)
        hits = (value[i:] for i in order if re.fullmatch(expression, value[:i], re.DOTALL))
    else:
        order = iter(ends) if longest else reversed(ends)
        hits = (value[:i] for i in order if re.fullmatch(expression, value[i:], re.DOTALL))
    return next(hits, value)

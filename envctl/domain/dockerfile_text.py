"""A Dockerfile as a list of instructions, read by the rules of the builder's own parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTIVE = re.compile(r"\s*(?P<name>[a-zA-Z][a-zA-Z0-9]*)\s*=\s*(?P<value>.+?)\s*$")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+""")
_HEREDOC = re.compile(r"\d*<<(?P<tabs>-?)(?P<end>[^<]+)")
_WITH_HEREDOC = re.compile(r"(?:ONBUILD\s+)?(?:ADD|COPY|RUN)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, its flags (`--from=a`), and the rest as written."""

    name: str
    flags: tuple[str, ...]
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest, split where it is not quoted."""
        return _WORD.findall(self.rest)


def instructions(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile; what is no instruction at all is left out."""
    escape = directives(text).get("escape", "\\")
    return [_instruction(line) for line in _logical_lines(_lines(text), escape)]


def directives(text: str, comment: str = "#") -> dict[str, str]:
    """Return what the comments at the very beginning say to the parser, by name."""
    found: dict[str, str] = {}
    for number, line in enumerate(_lines(text)):
        if number == 0 and line.startswith("#!"):
            continue
        said = _DIRECTIVE.match(line[len(comment) :]) if line.startswith(comment) else None
        if said is None or said["name"].lower() not in _DIRECTIVES:
            break
        found.setdefault(said["name"].lower(), said["value"])
    return found


def syntax_image(text: str) -> str:
    """Return the image that is to read this Dockerfile; empty where none is named."""
    said = directives(text).get("syntax") or directives(text, "//").get("syntax", "")
    return said.partition(" ")[0]


def unquoted(word: str) -> str:
    """Return `word` without its quotes."""
    return re.sub(r"""\\(.)|["']""", lambda found: found[1] or "", word)


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]


def _logical_lines(lines: list[str], escape: str) -> Iterator[str]:
    """Join what is continued; comments and empty lines in between are not there."""
    continued = re.compile(re.escape(escape) + r"[ \t]*$")
    at = 0
    while at < len(lines):
        line, whole = "", False
        while at < len(lines) and not whole:
            part, at = lines[at], at + 1
            if part.lstrip().startswith("#") or not part.strip():
                whole = not line
                continue
            whole = continued.search(part) is None
            line += continued.sub("", part)
        if line.strip():
            yield line.strip()
            at = _after_heredocs(line.strip(), lines, at)


def _after_heredocs(line: str, lines: list[str], at: int) -> int:
    """Return where the next instruction may start; one that never ends is no document."""
    for tabs, end in _heredocs(line):
        for number in range(at, len(lines)):
            if (lines[number].lstrip("\t") if tabs else lines[number]) == end:
                at = number + 1
                break
    return at


def _heredocs(line: str) -> Iterator[tuple[bool, str]]:
    if not _WITH_HEREDOC.match(line):
        return
    for word in _WORD.findall(line):
        if found := _HEREDOC.fullmatch(word):
            yield bool(found["tabs"]), unquoted(found["end"])


def _instruction(line: str) -> Instruction:
    name, _, rest = (re.sub(r"^(\S+)\s+", r"\1 ", line)).partition(" ")
    flags = []
    while found := re.match(r"(--\S+)(?:\s+|$)", rest):
        flags.append(unquoted(found[1]))
        rest = rest[found.end() :]
    return Instruction(name.upper(), tuple(flags), rest)

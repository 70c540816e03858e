r"""The patterns of Go that `.dockerignore` is made of, in Python's regular expressions.

The engine turns a pattern into an expression of Go, brackets and backslashes passed on as they
are. The same text means something else in Python now and then, so it is read here by Go's rules.
Escapes that name a character by its number or by a Unicode class (`\x41`, `\pL`), quotations
(`\Q`) and POSIX classes (`[[:alpha:]]`) are refused rather than guessed.
"""

from __future__ import annotations

import re

_CHAR = r"(?:\\.|[^\\\]\-])"
_BRACKET = rf"\[\^?+(?:{_CHAR}(?:-{_CHAR})?)+\]"
_ELEMENT = re.compile(rf"\\.|{_BRACKET}|[^\\\[]", re.DOTALL)
_CHUNK = re.compile(r"(?:\\.|\[(?:\\.|[^\]\\])*+\]?|[^*\[\\]|\\)*+", re.DOTALL)
_RANGE = re.compile(rf"(?P<low>{_CHAR})(?:-(?P<high>{_CHAR}))?", re.DOTALL)
_QUOTED = frozenset(".+()|{}$")
_CLASSES = {
    "d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r ",
    "D": r"\x00-/:-\U0010ffff", "W": r"\x00-/:-@\[-\^`{-\U0010ffff",
    "S": r"\x00-\x08\x0b\x0e-\x1f!-\U0010ffff",
}  # fmt: skip
_ASSERTIONS = frozenset("AbB")
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def is_glob(pattern: str) -> bool:
    """Whether Go's filepath.Match takes `pattern`, asked about the name `.` as the engine does.

    It looks at what lies between two stars as a whole, and no further than the name matches.
    """
    name = "."
    while rest := pattern.lstrip("*"):
        chunk = next(_CHUNK.finditer(rest))[0]
        elements = _ELEMENT.findall(chunk)
        if "".join(elements) != chunk:
            return False
        if not (name and len(elements) == 1 and _takes_dot(elements[0])):
            return True
        name, pattern = "", rest[len(chunk) :]
    return True


def _takes_dot(element: str) -> bool:
    if not element.startswith("["):
        return element in ("?", ".", r"\.")
    content = element[1:-1].removeprefix("^")
    ranges = ((m["low"][-1], (m["high"] or m["low"])[-1]) for m in _RANGE.finditer(content))
    return any(low <= "." <= high for low, high in ranges) != element.startswith("[^")


def to_python(pattern: str) -> str:
    """Return what the engine makes of `pattern`, which `is_glob`; ValueError where Go refuses."""
    text, parts, i = _expression(pattern) + "$", [], 0
    while i < len(text):
        part, i = _piece(text, i)
        parts.append(part)
    return "".join(parts)


def _expression(pattern: str) -> str:
    """Go's expression for `pattern`, as the engine writes it."""
    out, i = [], 0
    while i < len(pattern):
        char = pattern[i]
        if char == "*":
            part, i = _stars(pattern, i)
        elif char == "?":
            part, i = "[^/]", i + 1
        elif char == "\\":
            part, i = pattern[i : i + 2], i + 2
        else:
            part, i = ("\\" + char if char in _QUOTED else char), i + 1
        out.append(part)
    return "".join(out)


def _stars(pattern: str, i: int) -> tuple[str, int]:
    if pattern[i : i + 2] != "**":
        return "[^/]*", i + 1
    after = i + 3 if pattern[i + 2 : i + 3] == "/" else i + 2
    return (".*", after) if after >= len(pattern) else ("(.*/)?", after)


def _piece(text: str, i: int) -> tuple[str, int]:
    """Return Python's word for what starts at `i`, and where the next thing starts."""
    char = text[i]
    if char == "[":
        return _set(text, i + 1)
    if char == "$":
        return r"\Z", i + 1
    if char != "\\":
        return (char if char in "^.*?()" else re.escape(char)), i + 1
    if text[i + 1] in _ASSERTIONS:
        return text[i : i + 2], i + 2
    if text[i + 1] in _CLASSES:
        return f"[{_CLASSES[text[i + 1]]}]", i + 2
    literal, i = _character(text, i)
    return re.escape(literal), i


def _set(text: str, i: int) -> tuple[str, int]:
    """Read a bracket expression whose content starts at `i`."""
    head, i = ("[^", i + 1) if text[i : i + 1] == "^" else ("[", i)
    parts, first = [], i
    while text[i : i + 1] != "]" or i == first:
        if text[i : i + 2] == "[:" and ":]" in text[i + 2 :]:
            raise ValueError("POSIX classes are not supported")
        part, i = _member(text, i)
        parts.append(part)
    return f"{head}{''.join(parts)}]", i + 1


def _member(text: str, i: int) -> tuple[str, int]:
    if text[i : i + 1] == "\\" and (named := _CLASSES.get(text[i + 1 : i + 2])):
        return named, i + 2
    low, i = _character(text, i)
    if text[i : i + 1] != "-" or text[i + 1 : i + 2] in ("", "]"):
        return re.escape(low), i
    high, i = _character(text, i + 1)
    return f"{re.escape(low)}-{re.escape(high)}", i


def _character(text: str, i: int) -> tuple[str, int]:
    """Read one character, escaped or not."""
    char = text[i : i + 1]
    if not char:
        raise ValueError("a bracket is left open")
    if char != "\\":
        return char, i + 1
    escaped = text[i + 1 : i + 2]
    if escaped in _CONTROLS:
        return _CONTROLS[escaped], i + 2
    if not escaped.isascii() or escaped.isalnum() or not escaped:
        raise ValueError(f"\\{escaped} means nothing")
    return escaped, i + 2

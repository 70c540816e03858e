"""What a Compose file may lead to: other files, and the words that may be variables' names.

Not what the file means, only Compose knows that: everything that could count does, so that the
answer is never too small. What could hide something raises Unclear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = re.compile(r"[A-Za-z0-9_]+")
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
_TAGS = {"!reset", "!override", "!", *(f"tag:yaml.org,2002:{kind}" for kind in _PLAIN)}
# keys whose lists hold the names of variables
_NAMES = ("environment", "args")
_COMPUTED = re.compile(r"[^=]*\$")
# an env file can spell a letter as \0NNN
_OCTAL = re.compile(r"\\0\d")


class Unclear(Exception):
    """Which files or variables Compose uses cannot be said for certain."""


@dataclass
class References:
    """What one file, or several, may lead to."""

    models: set[str] = field(default_factory=set)
    """Paths of further Compose files: `include`, `extends`."""
    files: set[str] = field(default_factory=set)
    """Paths of other files that are read: `env_file`, `label_file`."""
    folders: set[str] = field(default_factory=set)
    """Paths of folders that other paths may be relative to."""
    places: set[str] = field(default_factory=set)
    """Paths in which Compose follows links: `develop.watch`."""
    words: set[str] = field(default_factory=set)
    """What may be the name of a variable."""
    moves: bool = False
    """Whether an `include` names folders or env files, which Compose looks for in odd places."""

    def add(self, other: References) -> None:
        """Take in what another file leads to."""
        self.models |= other.models
        self.files |= other.files
        self.folders |= other.folders
        self.places |= other.places
        self.words |= other.words
        self.moves |= other.moves


def words_of(content: bytes) -> set[str]:
    """Return the words of an env file or a label file."""
    text = _decoded(content)
    if _OCTAL.search(text):
        raise Unclear("letters are spelled as numbers")
    return set(WORD.findall(text))


def read_references(content: bytes) -> References:
    """Return what a Compose file leads to."""
    found = References()
    try:
        documents = list(yaml.compose_all(_decoded(content), Loader=_Loader))
    except (yaml.YAMLError, RecursionError) as error:
        raise Unclear("not YAML as it is known here") from error
    for root in documents:
        _read_everywhere(root, found)
        for value in _values(root, "include"):
            found.models.update(_listed(value), _below(value, "path"))
            found.folders.update(_below(value, "project_directory"))
            found.moves |= any(k in ("project_directory", "env_file") for k, _ in _pairs(value))
    return found


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unclear("not UTF-8") from error


def _read_everywhere(root: yaml.Node, found: References) -> None:
    """Read what counts wherever it stands, as it may be merged or extended from there."""
    for node in _nodes(root):
        if node.tag not in _TAGS:
            raise Unclear(f"the tag {node.tag}")
        if isinstance(node, yaml.ScalarNode):
            found.words.update(WORD.findall(node.value))
    for key, value in _pairs(root):
        if key in ("env_file", "label_file"):
            found.files.update(_listed(value), _below(value, "path"))
        elif key == "extends":
            found.models.update(_below(value, "file"))
        elif key == "watch":
            found.places.update(_below(value, "path"))
        elif key in _NAMES and any(map(_COMPUTED.match, _listed(value))):
            raise Unclear("the name of a variable is computed")


def _nodes(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield every node once, keys too; aliases are the nodes that they stand for."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _pairs(root: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    for node in _nodes(root):
        if isinstance(node, yaml.MappingNode):
            yield from ((k.value, v) for k, v in node.value if isinstance(k, yaml.ScalarNode))


def _below(root: yaml.Node, key: str) -> Iterator[str]:
    """Yield the texts that stand under `key` in or below `root`, as a text or in a list."""
    for name, value in _pairs(root):
        if name == key:
            yield from _listed(value)


def _listed(node: yaml.Node) -> Iterator[str]:
    for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if isinstance(part, yaml.ScalarNode):
            yield part.value


def _values(root: yaml.Node, key: str) -> Iterator[yaml.Node]:
    """Yield the values of `key` in the mapping `root` and in what is merged into it."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            named = [(k.value, v) for k, v in node.value if isinstance(k, yaml.ScalarNode)]
            yield from (value for name, value in named if name == key)
            waiting += [value for name, value in named if name == "<<"]

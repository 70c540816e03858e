"""Find the line of a project's files that says something.

A model is put together from several files, merged, extended and included. What is looked for is
followed through all of them; where it is not found, the nearest thing around it is named.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_FILES = 50
_REFERENCE = "extends"


@dataclass(frozen=True)
class _Found:
    depth: int
    file: str
    line: int


class ComposePlaces:
    """Where the Compose files `paths` say things, later ones before earlier ones.

    Paths are told relative to `folder`.
    """

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        self._folder = folder
        self._paths = [os.path.normpath(path) for path in paths]
        self._nodes: dict[str, Any] = {}

    def locate(self, place: tuple[str, ...]) -> str:
        """Return `file:line` of what is at `place`; only the file where the line is not found."""
        found = [hit for path in reversed(self._paths) for hit in self._search(path, place, ())]
        if not found:
            return ", ".join(self._told(path) for path in self._paths)
        best = max(found, key=lambda hit: hit.depth)
        return f"{self._told(best.file)}:{best.line}" if best.depth else self._told(best.file)

    def _told(self, path: str) -> str:
        return os.path.relpath(path, self._folder)

    def _search(
        self, path: str, place: tuple[str, ...], seen: tuple[tuple[str, tuple[str, ...]], ...]
    ) -> Iterator[_Found]:
        """Yield how far `place` is found in a file and in those that it extends or includes."""
        if (path, place[:2]) in seen or len(seen) > MOST_FILES:
            return
        here = (*seen, (path, place[:2]))
        root = self._node(path)
        node, line, depth, service = root, 1, 0, None
        for part in place:
            step = _step(node, part)
            if step is None:
                break
            node, line, depth = step[0], step[1], depth + 1
            service = node if (place[0], depth) == ("services", 2) else service
        yield _Found(depth, path, line)
        yield from self._extended(path, service, place, here)
        for included in _included(root):
            yield from self._search(_beside(path, included), place, here)

    def _extended(
        self, path: str, service: Any, place: tuple[str, ...], seen: Any
    ) -> Iterator[_Found]:
        step = _step(service, _REFERENCE)
        if step is None:
            return
        file, name = _text(_step(step[0], "file")), _text(_step(step[0], "service"))
        there = _beside(path, file) if file else path
        name = name or getattr(step[0], "value", "")
        if isinstance(name, str):
            yield from self._search(there, ("services", name, *place[2:]), seen)

    def _node(self, path: str) -> Any:
        """Return the document as nodes with marks; None where it cannot be read."""
        if path not in self._nodes:
            try:
                with open(path, encoding="utf-8") as file:
                    self._nodes[path] = yaml.compose(file, Loader=_Loader)
            except (OSError, ValueError, yaml.YAMLError, RecursionError):
                self._nodes[path] = None
        return self._nodes[path]


def _beside(path: str, other: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(path), other))  # noqa: PTH118, PTH120


def _step(node: Any, part: str) -> tuple[Any, int] | None:
    """Return what `part` is in a node, and the line that says so."""
    if isinstance(node, yaml.MappingNode):
        return _entry(node, part)
    if isinstance(node, yaml.SequenceNode):
        return _item(node, part)
    return None


def _entry(node: Any, part: str) -> tuple[Any, int] | None:
    merged: list[Any] = []
    for key, value in node.value:
        if key.value == part:
            return value, key.start_mark.line + 1
        if key.value == "<<":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
    return next((found for other in merged if (found := _step(other, part))), None)


def _item(node: Any, part: str) -> tuple[Any, int] | None:
    for number, item in enumerate(node.value):
        if _says(item, part) or part == str(number):
            return item, item.start_mark.line + 1
    return None


def _says(item: Any, part: str) -> bool:
    """Whether an item of a list is about `part`: NAME=value, source:target, {target: ...}."""
    if isinstance(item, yaml.MappingNode):
        return any(value.value == part for _, value in item.value)
    text = str(item.value)
    return text in (part, f"{part}:") or text.startswith(f"{part}=") or part in text.split(":")


def _included(root: Any) -> Iterator[str]:
    step = _step(root, "include")
    for entry in getattr(step[0], "value", None) or [] if step else []:
        if isinstance(entry, yaml.ScalarNode):
            yield entry.value
        elif path := _step(entry, "path"):
            inner = path[0].value
            yield from [inner] if isinstance(inner, str) else [item.value for item in inner]


def _text(step: tuple[Any, int] | None) -> str:
    return step[0].value if step and isinstance(step[0].value, str) else ""

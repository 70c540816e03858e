"""A release as a playground runs it: beside others of its kind, and without an edge before it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from envctl.config.release.reading import read_definition
from envctl.config.release.variables import literal
from envctl.config.release.writing import compose_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.compose_artifact import ComposeDefinition

_OURS = "dev.envctl."
_RANGE = re.compile(r"\d-\d")


def playground_form(definition: ComposeDefinition) -> tuple[ComposeDefinition, tuple[str, ...]]:
    """Return the definition for a playground, and the services of which it has one, not several.

    Two containers cannot publish one port; on a stage the edge does that for all of them. Volumes
    and networks have no names of their own, which would be shared with others, and nothing bears a
    label of envctl's.
    """
    model = read_definition(definition)
    reduced = []
    for name, body in sorted((model.get("services") or {}).items()):
        if any(_is_fixed(port) for port in _list((body or {}).get("ports"))):
            for table, key in _counts(body):
                table[key] = 1
                reduced.append(name)
        if body and "labels" in body:
            body["labels"] = _without_ours(body["labels"])
    for kind in ("volumes", "networks"):
        for body in (model.get(kind) or {}).values():
            if body and not body.get("external"):
                body.pop("name", None)
    return replace(definition, compose=compose_bytes(model)), tuple(dict.fromkeys(reduced))


def _without_ours(labels: Any) -> Any:
    """Leave out what would make others take a container for a stage's."""
    if isinstance(labels, dict):
        return {key: value for key, value in labels.items() if not key.startswith(_OURS)}
    if isinstance(labels, list):
        return [entry for entry in labels if not str(entry).startswith(_OURS)]
    return labels


def _list(ports: Any) -> list[Any]:
    return ports if isinstance(ports, list) else []


def _counts(body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where it says that there are several."""
    for table, key in ((body, "scale"), (body.get("deploy"), "replicas")):
        if isinstance(table, dict) and table.get(key) not in (None, 0, 1, "0", "1"):
            yield table, key


def _is_fixed(port: Any) -> bool:
    """Whether a port of the host is named, and not a range of them."""
    said = port.get("published") if isinstance(port, dict) else str(port).rpartition(":")[0]
    return bool(said) and not _RANGE.search(literal(str(said)))

"""A stage has an edge before its services, a playground has not: one container for each port."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from envctl.config.release.variables import literal
from envctl.config.release.writing import compose_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE = re.compile(r"\d-\d")


def one_of_each(compose: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the definition without copies of services that publish a port, and their names.

    Two containers cannot publish one port; on a stage the edge does that for all of them.
    """
    model = json.loads(compose)
    reduced = []
    for name, body in sorted(model["services"].items()):
        if any(_is_fixed(port) for port in body.get("ports") or ()):
            for table, key in _counts(body):
                table[key] = 1
                reduced.append(name)
    return compose_bytes(model), tuple(dict.fromkeys(reduced))


def _counts(body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where it says that there are several."""
    for table, key in ((body, "scale"), (body.get("deploy") or {}, "replicas")):
        if table.get(key) not in (None, 0, 1, "0", "1"):
            yield table, key


def _is_fixed(port: Any) -> bool:
    """Whether a port of the host is named, and not a range of them."""
    said = port.get("published") if isinstance(port, dict) else str(port).rpartition(":")[0]
    return bool(said) and not _RANGE.search(literal(str(said)))

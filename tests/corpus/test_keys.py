"""The corpus is large, of both kinds, and leaves out no key that Compose knows."""

from __future__ import annotations

from typing import Any

import yaml

from tests.corpus.cases import HERE, cases


def test_there_are_many_cases_of_both_kinds() -> None:
    counts = [len(list(cases(verdict))) for verdict in ("valid", "invalid")]
    assert sum(counts) >= 60
    assert min(counts) >= 15


class _AsWritten(yaml.SafeLoader):
    """Reads a file as it is written: Compose's tags say nothing about keys."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    return loader.construct_mapping(node) if isinstance(node, yaml.MappingNode) else None


_AsWritten.add_multi_constructor("!", _tagged)


def _has(value: Any, path: list[str]) -> bool:
    """Whether `path` leads somewhere in `value`; `*` is any key, `[]` any item."""
    if not path:
        return True
    if path[0] == "[]":
        return isinstance(value, list) and any(_has(item, path[1:]) for item in value)
    if not isinstance(value, dict):
        return False
    parts = value.values() if path[0] == "*" else [value[path[0]]] if path[0] in value else []
    return any(_has(part, path[1:]) for part in parts)


def test_every_key_of_compose_is_in_a_valid_case() -> None:
    """keys.txt names all that the schema of Compose 2.40.3 knows."""
    wanted = (HERE / "keys.txt").read_text().split()
    documents = [
        document
        for path in (HERE / "valid").rglob("*.y*ml")
        for document in yaml.load_all(path.read_text(), Loader=_AsWritten)
    ]
    missing = [k for k in wanted if not any(_has(d, k.split(".")) for d in documents)]
    assert missing == []

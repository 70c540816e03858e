"""Read and write YAML as Compose means it.

Compose writes YAML 1.2: a plain word that is no null, bool or number is a string. PyYAML's own
rules would make dates, merges and more of some.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

# the one in C is six times as fast, and not built in everywhere
_Safe: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]  # one of two classes
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to say it


_PLAIN = (
    ("null", r"(?:null|)", "n"),
    ("bool", r"(?:true|false)", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
)
for _kind, _form, _first in _PLAIN:
    _pattern = re.compile(rf"^{_form}$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, [*_first, ""])


def read_yaml(text: str) -> Any:
    """Return what `text` says, in dicts, lists, strings, numbers, booleans and None."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from a safe one


class _Dumper(yaml.SafeDumper):
    pass


# PyYAML folds these as it does white space, unless it has to escape all that is not ASCII
_UNREADABLE = re.compile("\\\\x[89]|\\\\u202[89]|\\\\ufeff|[\x80-\x9f\u2028\u2029\ufeff]")
# PyYAML would leave these words unquoted, and Compose would take them for numbers
_NUMBER = re.compile(r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+)$")
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))


def write_yaml(value: Any) -> str:
    """Return `value` as YAML that means the same to Compose, keys in their order."""
    readable = not _UNREADABLE.search(str(value))
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=readable)


class _BlockDumper(_Dumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_BlockDumper.add_representer(str, _text)


def readable_yaml(text: bytes) -> bytes:
    """Return a Compose definition for people: texts of several lines stand line by line."""
    value = read_yaml(text.decode())
    return yaml.dump(value, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True).encode()

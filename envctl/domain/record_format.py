"""Records as bytes: the same record, the same bytes, for ever, so that they can be signed.

A record is canonical JSON with exactly the fields of `Record`; `format` numbers what they mean.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from envctl.domain.moments import is_moment
from envctl.domain.oci import canonical_json, digest_of
from envctl.domain.stage_record import Record
from envctl.errors import Failed

FORMAT = 1
_hints = cache(get_type_hints)


def record_bytes(record: Record) -> bytes:
    """Return the bytes of a record."""
    return canonical_json({"format": FORMAT, **vars(record)}, parts=vars)


def record_digest(record: Record) -> str:
    """Return the digest by which the next record names this one."""
    return digest_of(record_bytes(record))


def parse_record(data: bytes, where: str) -> Record:
    """Return the record that `data`, found at `where`, is; Failed says what is wrong with it."""
    try:
        return _parsed(data)
    except ValueError as error:
        raise Failed(
            f"{where} is no record that envctl can read: {error}",
            hint="it was made by a newer envctl, or changed in the registry",
        ) from None


@lru_cache(64)  # a command reads the same record again and again
def _parsed(data: bytes) -> Record:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(said, dict):
        raise ValueError("it is no table")
    number = said.pop("format", None)
    if number != FORMAT:
        raise ValueError(f"its format is {number!r}, not {FORMAT}")
    record: Record = _read(Record, said, "")
    times = {"at": record.at, **({"late.joined": record.late.joined} if record.late else {})}
    for name, moment in times.items():
        if not is_moment(moment):
            raise ValueError(f"{name} is no time in UTC")
    if record_bytes(record) != data:
        raise ValueError("its bytes are not those that its content has")
    return record


def _read(kind: Any, value: Any, where: str) -> Any:
    """Return `value` as `kind`, which is what a field of a record is declared as."""
    if isinstance(kind, UnionType):  # something, or None
        (inner,) = (one for one in get_args(kind) if one is not NoneType)
        return None if value is None else _read(inner, value, where)
    if get_origin(kind) is tuple:
        return _sequence(get_args(kind), value, where)
    if is_dataclass(kind):
        return _table(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value not in list(kind):
            raise ValueError(f"{where} is {value!r}, which is not known")
        return kind(value)
    if type(value) is not kind:
        raise ValueError(f"{where} is no {kind.__name__}")
    return value


def _sequence(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is no list")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise ValueError(f"{where} has {len(value)} parts, not {len(kinds)}")
    both = zip(kinds, value, strict=True)
    return tuple(_read(kind, one, f"{where}[{n}]") for n, (kind, one) in enumerate(both))


def _table(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no table")
    names, place = [one.name for one in fields(kind)], f"{where}." if where else ""
    for name in names:
        if name not in value:
            raise ValueError(f"{place}{name} is missing")
    for name in value:
        if name not in names:
            raise ValueError(f"{place}{name} is not known")
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], value[name], f"{place}{name}") for name in names})

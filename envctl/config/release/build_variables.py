"""Builds that depend on the machine: variables in build sections that no commit has a value for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.config.release.complaint import Complaint
from envctl.config.release.variables import names_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_REMEDY = "unset it here, and give it its value in a committed env file or as its default"
# these say where something is, or change no result
_NOT_INPUTS = frozenset({"cache_from", "cache_to", "tags", "secrets", "ssh", "no_cache", "pull"})


def machine_dependent(
    written: dict[str, Any], services: Iterable[str], outside: Collection[str]
) -> list[Complaint]:
    """Return what stands against the build sections of `services` as they are written.

    `outside` are the variables that have their values from this machine and not from the commit.
    """
    return [
        Complaint(
            ("services", service, "build", *place), f"takes {name} from this machine", _REMEDY
        )
        for service in sorted(services)
        for key, said in _build(written, service).items()
        if key not in _NOT_INPUTS
        for place, name in _named((key,), said)
        if name in outside
    ]


def _build(written: dict[str, Any], service: str) -> dict[str, Any]:
    found = ((written.get("services") or {}).get(service) or {}).get("build")
    return {"context": found} if isinstance(found, str) else found or {}


def _named(place: tuple[str, ...], said: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the variables below a key, with where they are."""
    if isinstance(said, dict):
        for key, value in said.items():
            if place == ("args",) and value is None:  # Compose takes it from the environment
                yield (*place, key), key
            yield from _named((*place, key), value)
    elif isinstance(said, list):
        for value in said:
            if place == ("args",) and "=" not in str(value):
                yield place, str(value)
            yield from _named(place, value)
    elif isinstance(said, str):
        yield from ((place, name) for name in sorted(names_in(said)))

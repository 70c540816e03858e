"""`list`: every playground on the engine, also those whose folder is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from envctl.domain.overview import Row, folders, is_near, overview
from envctl.domain.playground import Playground
from envctl.domain.survey import Disk, Found, Survey, playgrounds
from envctl.ports import Folders, Registry, Surveyor


@dataclass(frozen=True)
class Census:
    """Who lives on an engine: what is there, what is remembered, which folders do not exist."""

    found: tuple[Found, ...]
    known: Mapping[str, Playground]
    missing: frozenset[str]


@dataclass(frozen=True)
class Listing:
    """The rows; `measured` says whether the disk was measured in the time there was."""

    rows: tuple[Row, ...]
    measured: bool


def list_playgrounds(
    engine: Surveyor, registry: Registry, places: Folders, *, patience: float | None
) -> Listing:
    """Return a row for each playground.

    `patience` is how many seconds measuring the disk may take, None for ever, 0 leaves it out.
    """
    measure = engine.measure() if patience != 0 else None
    census = take_census(engine.survey(), registry, places)
    disk: Disk | None = measure.wait(patience) if measure else None
    rows = overview(census.found, census.known, census.missing, disk, engine.host())
    return Listing(rows, disk is not None)


def take_census(survey: Survey, registry: Registry, places: Folders) -> Census:
    """Look up what `survey` found in the registry and on the disk.

    Of an engine elsewhere, only folders that lie within remembered ones, or around them, are looked
    at: others may be folders of another machine.
    """
    known = {p.name: replace(p, folder=places.real(p.folder)) for p in registry.all()}
    found = tuple(_with_real_folders(one, places) for one in playgrounds(survey))
    asked = {folder for one in found for folder in _looked_at(one, known, local=survey.local)}
    return Census(found, known, _gone({*asked, *(p.folder for p in known.values())}, places))


def _looked_at(found: Found, known: Mapping[str, Playground], *, local: bool) -> list[str]:
    own = known.get(found.name)
    return [f for f in folders(found, own) if local or (own and is_near(f, own))]


def _with_real_folders(found: Found, places: Folders) -> Found:
    return replace(found, folders=tuple(map(places.real, found.folders)))


def _gone(asked: Iterable[str], places: Folders) -> frozenset[str]:
    return frozenset(folder for folder in asked if places.is_gone(folder))

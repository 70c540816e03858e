"""`list`: every playground on the engine, also those whose folder is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.overview import overview
from envctl.workflows.census import take_census

if TYPE_CHECKING:
    from envctl.domain.overview import Row
    from envctl.domain.survey import Disk
    from envctl.ports import Folders, Registry, Surveyor


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
    census = take_census(engine.survey(), registry.all(), places)
    disk: Disk | None = measure.wait(patience) if measure else None
    rows = overview(census.found, census.known, census.missing, disk, engine.host())
    return Listing(rows, disk is not None)

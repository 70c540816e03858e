"""Who lives on an engine, and what this machine knows of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.overview import folders, is_near
from envctl.domain.survey import playgrounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.playground import Playground
    from envctl.domain.survey import Found, Survey
    from envctl.ports import Folders


@dataclass(frozen=True)
class Census:
    """What is there, what is remembered by name, and which of all their folders do not exist.

    Folders are told without links.
    """

    found: tuple[Found, ...]
    known: Mapping[str, Playground]
    missing: frozenset[str]


def take_census(survey: Survey, known: Iterable[Playground], places: Folders) -> Census:
    """Look for the folders of what `survey` found and of what is `known`.

    Of an engine elsewhere, only folders that lie within known ones, or around them, are looked at:
    others may be folders of another machine.
    """
    owned = {p.name: replace(p, folder=_real(p.folder, places)) for p in known}
    found = tuple(_with_real_folders(one, places) for one in playgrounds(survey))
    asked = {folder for one in found for folder in _looked_at(one, owned, local=survey.local)}
    asked |= {p.folder for p in owned.values()} - {""}
    return Census(found, owned, frozenset(folder for folder in asked if places.is_gone(folder)))


def _looked_at(found: Found, known: Mapping[str, Playground], *, local: bool) -> list[str]:
    own = known.get(found.name)
    return [f for f in folders(found, own) if local or (own and is_near(f, own))]


def _with_real_folders(found: Found, places: Folders) -> Found:
    return replace(found, folders=tuple(_real(folder, places) for folder in found.folders))


def _real(folder: str, places: Folders) -> str:
    return places.real(folder) if folder else ""

"""Share an engine with other playgrounds: what they have moves aside here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from envctl.domain.claims import Model, unmovable, wants
from envctl.domain.moves import Settled, settle, standing

if TYPE_CHECKING:
    from envctl.domain.playground import Claim
    from envctl.ports.ground import GroundKeeper, GroundReader, Note, SharedProject

Decide = Callable[[Model, Collection[str]], Settled]


def propose(ground: GroundReader, model: Model, services: Collection[str]) -> Settled:
    """Return what the playground would get; writes nothing."""
    wanted = wants(model, services)
    now = ground.look({claim.kind for claim in wanted})
    settled = settle(str(model["name"]), wanted, ground.remembered(), now)
    stuck = unmovable(model, services) if now.companions else ()
    return Settled(settled.claims, (*settled.notes, *stuck))


def agree(ground: GroundKeeper, model: Model, services: Collection[str]) -> Settled:
    """Decide the same, and remember it before anybody else decides."""
    with ground.deciding():
        settled = propose(ground, model, services)
        ground.remember(settled.claims)
    return settled


def is_settled(files: SharedProject, services: Collection[str]) -> bool:
    """Whether all that `services` ask for was decided before."""
    known = {_key(claim) for claim in files.claims()}
    return all(_key(want) in known for want in wants(files.model(), services))


def share(files: SharedProject, decide: Decide, services: Collection[str], note: Note) -> bool:
    """Let `decide` say what the playground gets; returns whether that changes the project."""
    settled = decide(files.model(), services)
    for text in settled.notes:
        note(text)
    return files.adopt(settled.claims)


def say_standing(files: SharedProject, note: Note) -> None:
    """Say where else the project answers since earlier."""
    for text in standing(files.claims()):
        note(text)


def _key(claim: Claim) -> tuple[str, str, str]:
    return claim.kind, claim.place, claim.wanted

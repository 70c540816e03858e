"""Build some services anew and replace their containers; what else has changed stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from envctl.workflows.up import UpRequest, prepare_beside_others, up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.domain.playground import Claim
    from envctl.domain.project import Project
    from envctl.ports import Memory
    from envctl.ports.ground import SharedProject
    from envctl.workflows.carry_out import Executor
    from envctl.workflows.observe import Senses
    from envctl.workflows.settle import Settler
    from envctl.workflows.share import Decide


def narrowed(project: Project, services: Sequence[str]) -> Project:
    """Return `project` as if only `services` were built, and what is built just as they are.

    A job that runs from the image of a service goes with it.
    """
    builds = {project.service(name).build for name in services}
    kept = [s if s.build in builds else replace(s, build=None) for s in project.services]
    return replace(project, services=tuple(kept))


@dataclass(frozen=True)
class Narrowed:
    """The project with only some of its services built."""

    files: SharedProject
    services: tuple[str, ...]

    def project(self) -> Project:
        """Return what decisions need."""
        return narrowed(self.files.project(), self.services)

    def model(self) -> dict[str, Any]:
        """Return the whole effective model."""
        return self.files.model()

    def name(self) -> str:
        """Return the playground's name."""
        return self.files.name()

    def claims(self) -> tuple[Claim, ...]:
        """Return what the playground has."""
        return self.files.claims()

    def adopt(self, claims: tuple[Claim, ...]) -> bool:
        """Go on with these."""
        return self.files.adopt(claims)


@dataclass(frozen=True)
class _Unedited:
    """A memory that knows of no edits: what they were brought into is left as it is."""

    memory: Memory

    def recall(self) -> Mapping[str, str]:
        return self.memory.recall()

    def edited(self) -> frozenset[str]:
        return frozenset()


def rebuild(
    senses: Senses,
    files: SharedProject,
    decide: Decide,
    services: tuple[str, ...],
    settler: Settler,
    hands: Callable[[], Executor],
) -> bool:
    """Do so, and wait until they are ready; returns whether there was anything to do.

    Raises what `up` raises; containers of a service whose build has failed stay as they are.
    """
    request = UpRequest(services)
    senses = replace(senses, memory=_Unedited(senses.memory))
    narrow = Narrowed(files, services)
    prepared = prepare_beside_others(senses, narrow, decide, request, settler.reporter)
    if prepared.plan:
        up(prepared, settler, hands)
    return bool(prepared.plan)

"""What a fresh playground begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.domain.observed import Observed
    from envctl.domain.project import Project
    from envctl.domain.restore import Due

SEEDED = "the seed of a fresh playground"


@dataclass(frozen=True)
class Seed:
    """A snapshot, or a service that is run once when all is ready; at most one of them."""

    snapshot: str = ""
    job: str = ""

    def __bool__(self) -> bool:
        return bool(self.snapshot or self.job)


NO_SEED = Seed()


def is_fresh(project: Project, observed: Observed, existing: Collection[str]) -> bool:
    """Whether nothing is there of a playground; `existing` are the names of volumes that are."""
    own = {volume.name for volume in project.volumes if not volume.external}
    return not observed.containers and not own & set(existing)


def seeded(project: Project, observed: Observed, seed: Seed, due: tuple[Due, ...]) -> Observed:
    """Return what a fresh playground owes to its seed, `due` being the volumes of a snapshot.

    What is due of a restore that was asked for goes before. ConfigurationError for a job that is
    a service like any other.
    """
    if seed.job in {service.name for service in project.services}:
        raise ConfigurationError(
            f"envctl.toml: seed: {seed.job} is started by every up",
            hint="give it a profile in the Compose file, so that it runs only when it is asked for",
        )
    promised = {one.key for one in observed.due}
    first = [replace(one, cause=f"{SEEDED}, {one.cause}") for one in due]
    added = tuple(one for one in first if one.key not in promised)
    return replace(observed, due=observed.due + added, owed=seed.job or observed.owed)

"""A playground that runs a release: of which, from where, and what is from a checkout instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.domain.release import Release


@dataclass(frozen=True)
class Released:
    """What a playground from a release is.

    `origin` is how it was asked for, `place` the repository that its release is in; `registry` and
    `project` say the same in the project's words, `registry` empty for this machine's own. `stage`
    is the stage whose release and definition it has, empty for a release that was named.
    `started_in` are the folders that it was asked for in. `own` are services of the checkout in the
    folder `sources`.
    """

    origin: str
    registry: str
    project: str
    place: str
    stage: str
    version: str
    digest: str
    started_in: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    sources: str = ""

    def __str__(self) -> str:
        of = f"{self.version} ({self.stage})" if self.stage else self.version
        return f"{of} with {', '.join(self.own)}" if self.own else of

    def is_same_source(self, other: Released) -> bool:
        """Whether both are of one registry's project, and of the same stage or release."""
        return self._source() == other._source()

    def _source(self) -> tuple[str, ...]:
        return (self.place, self.stage or f":{self.digest}")


def require_platform(
    release: Release, version: str, platform: str, exempt: Collection[str] = ()
) -> None:
    """Raise Refused where images of `release` are not for `platform`, such as `linux/amd64`.

    Services in `exempt` say themselves which platform they are run on.
    """
    others: dict[str, list[str]] = {}
    for image in release.images:
        made_for = [p.platform for p in image.platforms]
        services = [name for name in image.services if name not in exempt]
        if services and not any(is_run_by(one, platform) for one in made_for):
            others.setdefault(", ".join(sorted(made_for)), []).extend(services)
    if others:
        what = "; ".join(f"{', '.join(sorted(s))} for {p}" for p, s in sorted(others.items()))
        raise Refused(
            f"{version} is for another platform than this engine, {platform}: it has {what}",
            hint="make a release for both; where the engine emulates the other one, set "
            "DOCKER_DEFAULT_PLATFORM",
        )


def is_run_by(image: str, engine: str) -> bool:
    """Whether an image for one platform is for that of an engine; variants do not count."""
    return image.split("/")[:2] == engine.split("/")[:2]

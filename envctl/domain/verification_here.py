"""Whether a playground runs the images of a release: that which a stage runs now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.verification import StageProof, lacking, running_image, wrong

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from envctl.domain.observed import Container
    from envctl.domain.release import Release
    from envctl.domain.released import Released
    from envctl.domain.service import Service


@dataclass(frozen=True)
class Meant:
    """The release that a playground is to run, as its registry says now."""

    version: str
    digest: str
    release: Release


def prove_here(
    name: str,
    here: Released,
    meant: Meant,
    services: Sequence[Service],
    containers: Collection[Container],
) -> StageProof:
    """Compare the containers of the playground called `name` with the release that is `meant`.

    Jobs that have ended are looked at, too: they ran an image.
    """
    own = [c for c in containers if not c.oneoff and c.service]
    ended = {s.name for s in services if s.may_complete}
    seen = [c for c in own if c.state == "running" or c.service in ended]
    images = tuple(running_image(meant.release, c) for c in seen)
    lasting = [s for s in services if not s.may_complete]
    up = [i for i in images if i.service not in ended]
    foreign = [i for i in images if i.service not in here.own]
    complaints = (*_other(here, meant), *_own(here), *lacking(lasting, up), *wrong(foreign))
    return StageProof(name, meant.digest, meant.version, images, complaints)


def _other(here: Released, meant: Meant) -> Iterator[str]:
    if here.digest != meant.digest:
        where = f"{here.stage} runs {meant.version}" if here.stage else f"it is {meant.version}"
        yield f"{where} now, this was {here.version}: envctl up --from {here.origin}"


def _own(here: Released) -> Iterator[str]:
    for service in here.own:
        yield f"{service} is that of {here.sources}, not of the release"

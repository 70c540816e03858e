"""Plan a promotion: a record of it, and the names by which people find its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.oci import short_hex
from envctl.domain.plan import Action, Plan, Step
from envctl.domain.stage_record import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envctl.domain.release import Release
    from envctl.domain.stage_record import StageState


def plan_promotion(
    stage: str,
    state: StageState,
    release: Release,
    version: str,
    named: Mapping[str, str],
    *,
    hotfix: bool = False,
) -> Plan:
    """Return what is left to do until `stage` is to run `release`; nothing where it is so.

    `named` are the digests of what people find as SERVICE:STAGE now, by service. The record comes
    first: who is interrupted has promoted it, and does the rest with the next call. A `hotfix` is
    to go past the rule from now on, so it is recorded of what is promoted already, too.
    """
    record = _record(state, release.index().digest, version, hotfix=hotfix)
    return Plan((*record, *_names(stage, release, named)))


def services_of(release: Release) -> tuple[str, ...]:
    """Return the services whose images a release has, sorted."""
    return tuple(sorted(service for image in release.images for service in image.services))


def _record(state: StageState, digest: str, version: str, *, hotfix: bool) -> Iterator[Step]:
    if state.promoted != digest:
        cause = f"in place of {state.version}" if state.promoted else "the first release here"
        yield Step(Action.RECORD, str(Kind.PROMOTED), f"{version}, {cause}")
    elif state.hold:
        yield Step(Action.RECORD, str(Kind.PROMOTED), f"{version}, which ends the hold")
    elif hotfix and not state.hotfix:
        yield Step(Action.RECORD, str(Kind.PROMOTED), f"{version}, now as a hotfix")


def _names(stage: str, release: Release, named: Mapping[str, str]) -> Iterator[Step]:
    for service in services_of(release):
        image = release.image_of(service)
        before = named.get(service, "")
        if image and before != image.digest:
            cause = f"{service}:{stage} is {short_hex(before)[:12] if before else 'nothing yet'}"
            yield Step(Action.TAG, service, cause, source=image.digest, target=stage)

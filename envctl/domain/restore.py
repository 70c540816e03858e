"""Which volumes are due to be filled from a snapshot, and what forbids it; calls nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.image_version import image_version, major
from envctl.domain.plan import Action, Step
from envctl.domain.service import Role
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from envctl.domain.image_version import Image
    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.domain.snapshot import SavedVolume
    from envctl.domain.volume import Volume, VolumeUser


@dataclass(frozen=True)
class Due:
    """A volume, by its key, that is to hold what a snapshot says, before anything uses it.

    Written down before the first effect and taken off when the volume is filled, so that a restore
    that was cut short is completed by the next command. `forced` restores across major versions.
    """

    key: str
    snapshot: str
    cause: str
    forced: bool = False

    def written(self) -> Due:
        """Return it as it is written down: who finds it there comes after one that did not end."""
        return replace(self, cause=f"a restore of {self.snapshot} was cut short")


def with_due(before: Iterable[Due], new: Sequence[Due]) -> tuple[Due, ...]:
    """Return what is due after `new` was asked for: the later word on a volume counts."""
    keys = {due.key for due in new}
    return (*(due for due in before if due.key not in keys), *new)


def restore_steps(
    project: Project, services: Iterable[Service], due: Iterable[Due]
) -> tuple[Step, ...]:
    """Return the steps that fill the volumes of `services` that are due."""
    used = {key for service in services for key in service.volumes}
    names = {volume.key: volume.name for volume in project.volumes}
    return tuple(
        Step(
            Action.RESTORE, d.key, d.cause, forced=d.forced, source=d.snapshot, target=names[d.key]
        )
        for d in sorted(due, key=lambda d: d.key)
        if d.key in used and d.key in names
    )


def following(project: Project, names: Collection[str]) -> frozenset[str]:
    """Return `names` and the services that have to be replaced when those are."""
    found = set(names)
    while True:
        more = {
            service.name
            for service in project.services
            if found & set(service.shares)
            or any(need.restart and need.service in found for need in service.depends_on)
        }
        if more <= found:
            return frozenset(found)
        found |= more


def all_following(project: Project) -> Project:
    """Return the project as if `depends_on` said restart wherever a service, no job, needs one.

    What needs a service then follows it: it has connections to it, and remembers its data.
    """
    services = (s if s.role is Role.JOB else _following_all(s) for s in project.services)
    return replace(project, services=tuple(services))


def _following_all(service: Service) -> Service:
    needs = tuple(replace(need, restart=True) for need in service.depends_on)
    return replace(service, depends_on=needs)


def check_volume(project: Project, volume: Volume, users: Sequence[VolumeUser]) -> None:
    """Raise Refused when the content of `volume` cannot be replaced as a whole."""
    if volume.external or volume.lies_elsewhere:
        raise Refused(
            f"volume {volume.key} is not the engine's own (external, or with a device)",
            hint="what it holds can be saved, and only be put back by hand",
        )
    if others := [user.name for user in users if user.project != project.name]:
        raise Refused(
            f"the container {others[0]}, which is none of this playground, uses {volume.name}",
            hint=f"docker rm -f {' '.join(others)} if it is not needed, then run the same again",
        )


def changed_major(saved: SavedVolume, now: Mapping[str, Image]) -> str:
    """Say which service's image has another major version than when `saved` was made.

    Empty when none has, as far as the images say their versions.
    """
    for former in saved.mounted:
        image = now.get(former.service)
        if image is None or (former.image_id and image.id == former.image_id):
            continue
        version = image_version(image)
        if major(version) and major(former.version) not in ("", major(version)):
            return (
                f"{former.service} runs {image.name} (version {version}), and {saved.key} "
                f"was saved with {former.image} (version {former.version})"
            )
    return ""

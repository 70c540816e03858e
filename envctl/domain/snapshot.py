"""Snapshots: what one holds, and how one is made; calls nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Plan, Step, Wave
from envctl.domain.volume import VolumeUser
from envctl.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from envctl.domain.project import Project
    from envctl.domain.volume import Volume

SNAPSHOT_HINT = "use letters, digits, ., - and _, beginning with a letter or digit"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


@dataclass(frozen=True)
class Mounted:
    """A service that uses a volume, with the image that it ran; `version` is empty if unknown."""

    service: str
    image: str
    image_id: str
    version: str


@dataclass(frozen=True)
class SavedVolume:
    """The content of a volume: `size` and `sha256` are those of the tar archive that holds it."""

    key: str
    size: int
    sha256: str
    mounted: tuple[Mounted, ...]


@dataclass(frozen=True)
class Snapshot:
    """A copy of volumes of one moment; `created` is in epoch seconds.

    `data` says where the store keeps it: another copy under the same name has another.
    """

    name: str
    created: int
    playground: str
    volumes: tuple[SavedVolume, ...]
    data: str = ""

    @property
    def size(self) -> int:
        """Return the bytes that it takes."""
        return sum(volume.size for volume in self.volumes)

    def holds(self, keys: Collection[str]) -> tuple[SavedVolume, ...]:
        """Return the volumes called `keys`; UsageError names those that there are."""
        there = {volume.key: volume for volume in self.volumes}
        for key in keys:
            if key not in there:
                hint = f"it holds: {', '.join(there)}"
                raise UsageError(f"snapshot {self.name} has no volume {key}", hint=hint)
        return tuple(there[key] for key in there if key in keys)


def check_name(name: str) -> None:
    """Raise UsageError when no snapshot can be called `name`."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a snapshot's name", hint=SNAPSHOT_HINT)


def chosen_volumes(project: Project, services: Sequence[str]) -> tuple[Volume, ...]:
    """Return the named volumes of `services`, of all for none; those of others are left out.

    Raises UsageError for a service that is none or has no volume of its own.
    """
    keys: set[str] = set()
    own = {v.key: v for v in project.volumes if not v.external}
    for name in services:
        used = set(project.service(name).volumes) & set(own)
        if not used:
            raise UsageError(
                f"service {name} has no named volume of this project",
                hint="folders of the host, anonymous and external volumes are not for snapshots",
            )
        keys |= used
    return tuple(own[key] for key in sorted(keys if services else own))


Users = Mapping[str, Sequence[VolumeUser]]
"""The containers that mount a volume, by the volume's key."""


def plan_save(project: Project, volumes: Iterable[Volume], users: Users) -> Plan:
    """Return the steps that copy `volumes` at one moment; Refused when there are none."""
    kept = list(volumes)
    if not kept:
        raise Refused(
            f"{project.name} has no volume to save",
            hint="envctl up creates the volumes that the Compose file names",
        )
    written = _written(project, kept, users)
    pauses = [Step(Action.PAUSE, s, f"it writes to {', '.join(k)}") for s, k in written.items()]
    copies = [Step(Action.SAVE, v.key, _used_by(project, v), target=v.name) for v in kept]
    resumes = [Step(Action.RESUME, s, "the copy is made") for s in written]
    return Plan(waves=tuple(Wave(tuple(steps)) for steps in (pauses, copies, resumes) if steps))


def writers(project: Project, users: Users) -> tuple[VolumeUser, ...]:
    """Return the playground's containers that have to hold still during a copy."""
    found = {u.id: u for some in users.values() for u in some if _is_own(project, u)}
    return tuple(u for u in found.values() if u.is_writing)


def strangers(project: Project, users: Users) -> tuple[tuple[str, str], ...]:
    """Return container and volume where somebody else may write during a copy."""
    return tuple(
        (user.name, key)
        for key in sorted(users)
        for user in users[key]
        if user.is_writing and not _is_own(project, user)
    )


def _is_own(project: Project, user: VolumeUser) -> bool:
    return user.project == project.name


def _written(project: Project, volumes: Iterable[Volume], users: Users) -> dict[str, list[str]]:
    """Return the volumes that each running service can write to."""
    found: dict[str, list[str]] = {}
    for volume in volumes:
        some = users.get(volume.key, ())
        for service in sorted({u.service for u in some if _is_own(project, u) and u.is_writing}):
            found.setdefault(service, []).append(volume.key)
    return dict(sorted(found.items()))


def _used_by(project: Project, volume: Volume) -> str:
    names = [s.name for s in project.services if volume.key in s.volumes]
    return f"volume {volume.name}, used by {', '.join(names) or 'no service'}"

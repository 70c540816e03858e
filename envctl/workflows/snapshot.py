"""`snapshot`: copies of volumes, kept, and brought back."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.image_version import image_version
from envctl.domain.plan import Action
from envctl.domain.readiness import Phase
from envctl.domain.snapshot import (
    Mounted,
    SavedVolume,
    Snapshot,
    check_name,
    chosen_volumes,
    plan_save,
    strangers,
    writers,
)
from envctl.errors import Refused
from envctl.workflows.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from envctl.domain.plan import Plan, Step
    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.domain.snapshot import (
        Users,
    )
    from envctl.domain.volume import Volume, VolumeUser
    from envctl.ports import Reporter
    from envctl.ports.snapshots import (
        Content,
        Draft,
        SnapshotReader,
        Snapshots,
        VolumeReader,
        Volumes,
    )
    from envctl.workflows.settle import Settler


@dataclass(frozen=True)
class SaveRequest:
    """What the user asked for; no services means all volumes."""

    name: str
    services: tuple[str, ...] = ()
    replace: bool = False


@dataclass(frozen=True)
class Saving:
    """A plan with all that it was made from."""

    name: str
    project: Project
    volumes: tuple[Volume, ...]
    users: Users
    plan: Plan


def prepare_save(
    reader: VolumeReader, kept: SnapshotReader, project: Project, request: SaveRequest
) -> Saving:
    """Look and decide; this is the whole of a dry run."""
    check_name(request.name)
    if not request.replace and request.name in {s.name for s in kept.all()}:
        hint = "take another name, or --replace"
        raise Refused(f"there is a snapshot {request.name} already", hint=hint)
    chosen = chosen_volumes(project, request.services)
    there = reader.existing(v.name for v in chosen)
    volumes = tuple(v for v in chosen if v.name in there)
    users = {v.key: reader.users(v.name) for v in volumes}
    return Saving(request.name, project, volumes, users, plan_save(project, volumes, users))


def save(
    saving: Saving, volumes: Volumes, kept: Snapshots, settler: Settler, created: int
) -> Snapshot:
    """Carry the plan out: all volumes as they are at one moment.

    Returns when the services that were held still are as well as before: healthchecks fail in a
    paused container, and an `up` would replace it.
    """
    project, reporter = saving.project, settler.reporter
    still = writers(project, saving.users)
    before = _ready(project, still, settler)
    volumes.sweep(project.name)
    for container, key in strangers(project, saving.users):
        reporter.note(f"{container} is none of this playground and may write to {key} meanwhile")
    mounted = {v.key: _mounted(volumes, project, v, saving.users[v.key]) for v in saving.volumes}
    with kept.draft() as draft, ExitStack() as ending:
        opened = {
            v.key: ending.enter_context(_opened(volumes, project, v, mounted[v.key]))
            for v in saving.volumes
        }
        with _held_still(still, volumes, saving.plan, reporter):
            saved = tuple(
                SavedVolume(
                    v.key,
                    *_copy(_step(saving.plan, Action.SAVE, v.key), opened[v.key], draft, reporter),
                    mounted[v.key],
                )
                for v in saving.volumes
            )
        snapshot = Snapshot(saving.name, created, project.name, saved)
        draft.keep(snapshot)
    settler.wait(project, before, (), [s.name for s in before])
    return snapshot


def _ready(
    project: Project, containers: Sequence[VolumeUser], settler: Settler
) -> tuple[Service, ...]:
    names = {container.service for container in containers}
    services = [s for s in project.services if s.name in names]
    ready = {s.service for s in settler.look(project, services) if s.phase is Phase.READY}
    return tuple(s for s in services if s.name in ready)


def _mounted(
    reader: VolumeReader, project: Project, volume: Volume, users: Sequence[VolumeUser]
) -> tuple[Mounted, ...]:
    """Return the services that use a volume, with the images that their containers run."""
    running = {u.service: u for u in users if u.project == project.name}
    found = []
    for service in project.services:
        if volume.key in service.volumes:
            user = running.get(service.name)
            image = reader.image(user.image_id) if user else reader.image(service.image)
            named = replace(image, name=service.image)
            found.append(Mounted(service.name, service.image, image.id, image_version(named)))
    return tuple(found)


def _opened(
    volumes: Volumes, project: Project, volume: Volume, mounted: Sequence[Mounted]
) -> AbstractContextManager[Content]:
    image = next((m.image_id for m in mounted if m.image_id), "")
    if not image:
        said = f"no image of a service that uses {volume.key} is on this engine"
        raise Refused(said, hint="envctl up brings it")
    return volumes.opened(volume.name, image, project.name)


def _copy(step: Step, content: Content, draft: Draft, reporter: Reporter) -> tuple[int, str]:
    reporter.started([step])
    with content() as chunks:
        passing = counted(chunks, lambda done: reporter.copied(step, done, 0))
        size, sha256 = draft.write(step.subject, passing)
    reporter.finished([step])
    return size, sha256


@contextmanager
def _held_still(
    containers: Sequence[VolumeUser], volumes: Volumes, plan: Plan, reporter: Reporter
) -> Iterator[None]:
    """Keep containers from writing; they go on afterwards, whatever happens."""
    with ExitStack() as ending:
        ending.callback(_report, plan, Action.RESUME, reporter)
        _report(plan, Action.PAUSE, reporter)
        for container in containers:
            ending.callback(volumes.resume, container.id)
            volumes.pause(container.id)
        yield


def _report(plan: Plan, action: Action, reporter: Reporter) -> None:
    if steps := [step for step in plan.steps if step.action is action]:
        reporter.started(steps)
        reporter.finished(steps)


def _step(plan: Plan, action: Action, subject: str) -> Step:
    return next(s for s in plan.steps if s.action is action and s.subject == subject)

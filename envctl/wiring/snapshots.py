"""Hands the adapters to the workflows of snapshots."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.domain.plan import Plan
    from envctl.domain.snapshot import Snapshot
    from envctl.ports import EngineReader, Remover, Reporter
    from envctl.ports.snapshots import (
        SnapshotReader,
        Snapshots,
        VolumeReader,
        Volumes,
        WritableDueRestores,
        WritableSeedMark,
    )
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.restore import Restorer, Source
    from envctl.workflows.snapshot import SaveRequest
    from envctl.workflows.snapshot_restore import RestoreRequest


def volume_reader() -> VolumeReader:
    """Return a look at volumes and at what uses them."""
    return volumes()


def volumes() -> Volumes:
    """Return the way to the content of volumes."""
    from envctl.adapters.volumes import EngineVolumes

    return EngineVolumes()


def snapshot_reader(files: ProjectFiles) -> SnapshotReader:
    """Return a look at the snapshots of a project, which all its playgrounds share."""
    from envctl.adapters.snapshot_store import FileSnapshotReader

    return FileSnapshotReader(files.project_name())


def snapshots(files: ProjectFiles) -> Snapshots:
    """Return the snapshots of a project, which all its playgrounds share."""
    from envctl.adapters.snapshot_store import FileSnapshots

    return FileSnapshots(files.project_name())


def source(files: ProjectFiles) -> Source:
    """Return where the content of volumes comes from."""
    from envctl.workflows.restore import Source

    return Source(volume_reader(), lambda: snapshot_reader(files))


def due_restores(name: str) -> WritableDueRestores:
    """Return which volumes of a playground are due to be restored."""
    from envctl.adapters.due_restores import WritableFileDueRestores
    from envctl.adapters.engine_address import engine_address

    return WritableFileDueRestores(engine_address(), name)


def seed_mark(name: str) -> WritableSeedMark:
    """Return which job is owed to a playground."""
    from envctl.adapters.engine_address import engine_address
    from envctl.adapters.seed_mark import WritableFileSeedMark

    return WritableFileSeedMark(engine_address(), name)


def restorer(
    files: ProjectFiles, engine: EngineReader, remover: Remover, reporter: Reporter
) -> Restorer:
    """Return the hands that fill volumes."""
    from envctl.workflows.restore import Restorer

    return Restorer(source(files), volumes(), due_restores(files.name()), engine, remover, reporter)


def would_save(files: ProjectFiles, request: SaveRequest) -> Plan:
    """Return what `save` would do."""
    from envctl.workflows.snapshot import prepare_save

    return prepare_save(volume_reader(), snapshot_reader(files), files.project(), request).plan


def save(files: ProjectFiles, request: SaveRequest, reporter: Reporter) -> Snapshot:
    """Copy the named volumes of services as they are at one moment."""
    from envctl import wiring
    from envctl.workflows.snapshot import prepare_save, save

    with wiring.turn(files, files.note):
        project = files.project()
        saving = prepare_save(volume_reader(), snapshot_reader(files), project, request)
        settler = wiring.settler(files, wiring.engine_reader(), reporter)
        return save(saving, volumes(), snapshots(files), settler, int(time.time()))


def restore(
    files: ProjectFiles,
    request: RestoreRequest,
    reporter: Reporter,
    *,
    dry_run: bool = False,
    timeout: float | None = None,
    followed: bool = False,
) -> Plan:
    """Bring volumes back as a snapshot has them; no other service is touched.

    If it is `followed`, what needs the services with these volumes is replaced as well.
    """
    from envctl import wiring
    from envctl.domain.restore import all_following
    from envctl.workflows.share import share
    from envctl.workflows.snapshot_restore import prepare_restore, restore

    engine = wiring.engine_reader()
    with ExitStack() as held:
        if not dry_run:
            wiring.register(files, files.note)
            held.enter_context(wiring.turn(files, files.note))
        users = [service.name for service in files.project().services if service.volumes]
        share(files, wiring.deciding(files, dry_run), users, files.note)
        senses, project = wiring.senses(files, engine), files.project()
        project = all_following(project) if followed else project
        restoring = prepare_restore(senses, project, request, reporter)
        if not dry_run:
            settler = wiring.settler(files, engine, reporter, timeout)
            restore(restoring, wiring.executor(files, settler), project)
    return restoring.plan

"""Hands the adapters to the workflows of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

"""Hands the adapters to the workflows of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envctl.ports.snapshots import SnapshotReader, Snapshots, VolumeReader, Volumes
    from envctl.wiring.project_files import ProjectFiles


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

"""Fill the volumes of a stage that is rehearsed on from a snapshot, before anything uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Step
from envctl.domain.quantities import size
from envctl.domain.restore import changed_major
from envctl.errors import Refused, UsageError
from envctl.workflows.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.deployment import Deployment
    from envctl.domain.image_version import Image
    from envctl.domain.snapshot import SavedVolume, Snapshot
    from envctl.domain.volume import Volume
    from envctl.ports import Reporter
    from envctl.ports.snapshots import Archives, SnapshotReader, Volumes


@dataclass(frozen=True)
class VolumeFiller:
    """Fills volumes that are not there yet; `name` is the snapshot's."""

    name: str
    kept: SnapshotReader
    volumes: Volumes
    reporter: Reporter

    def fill(self, deployment: Deployment) -> None:
        """Make the volumes of a deployment that the snapshot has; its images are on the engine."""
        snapshot = self.kept.find(self.name)
        pairs = [*self._pairs(snapshot, deployment)]
        if not pairs:
            raise UsageError(f"snapshot {self.name} holds no volume of {deployment.name}")
        for saved, _ in pairs:
            if said := changed_major(saved, self._images(deployment)):
                raise Refused(said, hint="take a snapshot with the version that the release has")
        with self.kept.opened(self.name) as archives:
            for saved, _ in pairs:
                archives.verify(saved.key)
            for saved, volume in pairs:
                self._fill(deployment, saved, volume, archives)

    def _pairs(
        self, snapshot: Snapshot, deployment: Deployment
    ) -> Iterator[tuple[SavedVolume, Volume]]:
        own = {volume.key: volume for volume in deployment.volumes}
        for saved in snapshot.volumes:
            if saved.key in own:
                yield saved, own[saved.key]
            else:
                self.reporter.note(f"{saved.key} is left out: the release has no such volume")

    def _images(self, deployment: Deployment) -> dict[str, Image]:
        found = {one.name: self.volumes.image(one.name) for one in deployment.images}
        return {s: found[one.name] for one in deployment.images for s in one.services}

    def _fill(
        self, deployment: Deployment, saved: SavedVolume, volume: Volume, archives: Archives
    ) -> None:
        cause = f"from snapshot {self.name}, {size(saved.size)}"
        step = Step(Action.RESTORE, saved.key, cause, target=volume.name)
        place, image = deployment.data.name, deployment.images[0].name
        self.reporter.started([step])
        self.volumes.make(volume, place)
        with archives.read(saved.key) as chunks:
            total = archives.size(saved.key)
            passing = counted(chunks, lambda done: self.reporter.copied(step, done, total))
            self.volumes.fill(volume.name, image, place, passing)
        self.reporter.finished([step])

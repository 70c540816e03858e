"""Fill volumes from snapshots: the one place that does it, for `restore`, `up` and `reset`."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.plan import Action
from envctl.domain.plan_down import stays
from envctl.domain.restore import changed_major, check_volume
from envctl.errors import Refused
from envctl.workflows.counted import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from envctl.domain.image_version import Image
    from envctl.domain.plan import Plan, Step
    from envctl.domain.project import Project
    from envctl.domain.restore import Due
    from envctl.domain.snapshot import SavedVolume
    from envctl.ports import EngineReader, Remover, Reporter
    from envctl.ports.snapshots import (
        Archives,
        SnapshotReader,
        VolumeReader,
        Volumes,
        WritableDueRestores,
    )


@dataclass(frozen=True)
class Source:
    """Where the content of volumes comes from; looks only."""

    volumes: VolumeReader
    kept: Callable[[], SnapshotReader]

    def check(self, project: Project, steps: Sequence[Step]) -> None:
        """Raise Refused or UsageError when a step of `steps` must not be done."""
        own = {volume.key: volume for volume in project.volumes}
        for step in steps:
            (saved,) = self.kept().find(step.source).holds([step.subject])
            volume = own[step.subject]
            check_volume(project, volume, self.volumes.users(volume.name))
            if not step.forced and (said := changed_major(saved, self._images(project, saved))):
                raise Refused(said, hint=f"envctl snapshot restore {step.source} --force does it")

    def image(self, project: Project, key: str) -> str:
        """Return an image on the engine, of a service that uses the volume."""
        users = [s for s in project.services if key in s.volumes]
        for service in users:
            if found := self.volumes.image(service.image).id:
                return found
        said = f"no image of a service that uses {key} is on this engine"
        raise Refused(said, hint="envctl up brings it")

    def _images(self, project: Project, saved: SavedVolume) -> dict[str, Image]:
        known = {m.service for m in saved.mounted}
        return {s.name: self.volumes.image(s.image) for s in project.services if s.name in known}


@dataclass(frozen=True)
class Restorer:
    """Fills volumes; what is cut short stays written down as due."""

    source: Source
    volumes: Volumes
    due: WritableDueRestores
    engine: EngineReader
    remover: Remover
    reporter: Reporter

    def carry_out(self, project: Project, plan: Plan, due: Sequence[Due]) -> None:
        """Do the restores of `plan`; containers that use the volumes are gone afterwards.

        Everything is checked before anything is touched: the archives are read once more than they
        have to be. `due` is all that is due, with what these steps do not bring.
        """
        steps = plan.of(Action.RESTORE)
        if not steps:  # what is due is of services that are not started now
            self.due.write(tuple(one.written() for one in due))
            return
        with self._checked(project, steps) as archives:
            images = {step.subject: self.source.image(project, step.subject) for step in steps}
            left = {one.key: one.written() for one in due}
            self.due.write(tuple(left.values()))
            self._clear(project, steps)
            for step in steps:
                self._fill(project, step, images[step.subject], archives[step.source])
                del left[step.subject]
                self.due.write(tuple(left.values()))

    def promise(self, project: Project, plan: Plan, due: Sequence[Due]) -> None:
        """Check the restores of `plan`, and write down `due` and nothing else."""
        with self._checked(project, plan.of(Action.RESTORE)):
            self.due.write(tuple(one.written() for one in due))

    def forget(self) -> None:
        """Nothing is due any longer: the playground is gone."""
        self.due.write(())

    @contextmanager
    def _checked(self, project: Project, steps: Sequence[Step]) -> Iterator[dict[str, Archives]]:
        """Hand out the snapshots that `steps` need, after all that could forbid them."""
        self.source.check(project, steps)
        with ExitStack() as held:
            names = dict.fromkeys(step.source for step in steps)
            archives = {n: held.enter_context(self.source.kept().opened(n)) for n in names}
            for step in steps:
                archives[step.source].verify(step.subject)
            yield archives

    def _clear(self, project: Project, steps: Sequence[Step]) -> None:
        """Remove the containers that use the volumes; what has other data is asked to stop."""
        self.volumes.sweep(project.name)
        going = {step.target for step in steps}
        users = [
            container
            for container in self.engine.containers(project.name)
            if any(m.kind == "volume" and m.source in going for m in container.mounts)
        ]
        gently = [c.id for c in users if any(stays(mount, going) for mount in c.mounts)]
        self.remover.remove_containers([c.id for c in users], stop_first=gently)
        self.remover.remove_volumes(sorted(going))

    def _fill(self, project: Project, step: Step, image: str, archives: Archives) -> None:
        (volume,) = (v for v in project.volumes if v.key == step.subject)
        self.reporter.started([step])
        self.volumes.make(volume, project.name)
        with archives.read(step.subject) as chunks:
            total = archives.size(step.subject)
            passing = counted(chunks, lambda done: self.reporter.copied(step, done, total))
            self.volumes.fill(volume.name, image, project.name, passing)
        self.reporter.finished([step])

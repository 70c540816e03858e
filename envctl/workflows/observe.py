"""Take the snapshot that a decision is made on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.kept import kept_name, unclean_name
from envctl.domain.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from envctl.domain.project import Project
    from envctl.domain.service import Service
    from envctl.ports import EngineReader, Memory
    from envctl.ports.building import InputReader, LockStore, PublishedImages, SourceReader
    from envctl.ports.snapshots import DueRestores, SeedMark
    from envctl.workflows.restore import Source


@dataclass(frozen=True)
class Senses:
    """All that is needed to look, and nothing that could touch.

    `repository` is what built images are kept under: the project's name.
    """

    engine: EngineReader
    inputs: InputReader
    sources: SourceReader
    published: PublishedImages
    lock: LockStore
    repository: str
    memory: Memory
    due: DueRestores
    source: Callable[[], Source]
    mark: SeedMark


def observe(
    senses: Senses, project: Project, services: Iterable[Service], *, rebuild: bool = False
) -> Observed:
    """Return what is on the engine of `project`, and the inputs of `services` as they are now."""
    images = observe_images(senses, project, services, rebuild=rebuild)
    return replace(
        images,
        containers=senses.engine.containers(project.name),
        known=senses.memory.recall(),
        edited=senses.memory.edited(),
        due=senses.due.due(),
        owed=senses.mark.owed(),
    )


def observe_images(
    senses: Senses, project: Project, services: Iterable[Service], *, rebuild: bool
) -> Observed:
    """Return the images of `services` only; others are asked for what is not on the engine."""
    wanted = [s for s in services if s.replicas > 0]
    builders = project.builders(wanted)
    digests = senses.inputs.digests(project, [s.name for s in builders])
    inputs = {name: kept_name(senses.repository, digest) for name, digest in digests.items()}
    names = [s.image for s in (*wanted, *builders)]
    images = dict(senses.engine.image_ids([*names, *inputs.values()]))
    images |= senses.engine.image_ids([unclean_name(k) for k in inputs.values() if k not in images])
    gone = {k for k in inputs.values() if k not in images and unclean_name(k) not in images}
    published = senses.published.find(gone) if gone and not rebuild else {}
    always = {s.name for s in builders if rebuild or s.pull_policy == "build"}
    built = [n for n, k in inputs.items() if n in always or (k in gone and k not in published)]
    unclean = senses.sources.unclean(project, built) if built else frozenset[str]()
    away = [s.image for s in wanted if s.image not in images]
    locked = senses.lock.read().references(away) if away else {}
    return Observed(
        images=images, inputs=inputs, published=published, locked=locked, unclean=unclean
    )

"""Hands out what makes releases, and what finds them."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from envctl.domain.commit import is_below
from envctl.domain.registry_place import as_repository
from envctl.wiring.registries import open_registry, reading_place, shelf, starting_place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from envctl.adapters.git import Git
    from envctl.domain.explanation import KnownInputs
    from envctl.domain.plan import Plan
    from envctl.domain.release_parts import Part
    from envctl.ports import Reporter
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.explain import Explainer
    from envctl.workflows.publish import Publisher
    from envctl.workflows.release import ReleasePlanner, Releaser
    from envctl.workflows.release_source import SourceLook
    from envctl.workflows.releases import NamedRelease, Shelf


def _is_committed(repository: Git, folder: str, path: str) -> bool:
    """Whether a file is of the commit; the project's own are looked up all at once."""
    return path in repository.committed([folder if is_below(path, folder) else path])


def source_look(files: ProjectFiles, note: Callable[[str], None]) -> SourceLook:
    """Return the look at what a release is made of."""
    from envctl.adapters.compose_options import chosen_here
    from envctl.adapters.engine_platform import engine_platform
    from envctl.wiring import engine_reader, folders
    from envctl.wiring.images import git, image_lock, inputs
    from envctl.wiring.release_definitions import ReleaseDefinitions
    from envctl.workflows.release_source import SourceLook

    name, repository = files.project_name(), git(files)
    definitions = ReleaseDefinitions(
        files.options,
        name,
        files.settings.stages,
        note,
        partial(_is_committed, repository, os.path.realpath(files.folder)),
    )
    return SourceLook(
        title=name,
        folder=str(files.folder),
        playground=files.project(),
        projects=definitions.projects(),
        platforms=definitions.platforms(),
        platform=engine_platform,
        commits=repository,
        inputs=inputs(files, engine_reader()),
        lock=image_lock(files),
        definitions=definitions,
        folders=folders(),
        files=_own_files(files.folder),
        chosen=chosen_here(files.options),
        address=files.settings.source,
    )


def _own_files(folder: Path) -> tuple[str, ...]:
    """Return envctl's own files of a project: absolute paths, links followed."""
    from envctl.config.discovery import PROJECT_FILE
    from envctl.domain.lock import LOCK_FILE

    named = (folder / name for name in (PROJECT_FILE, LOCK_FILE))
    return tuple(str(path.resolve()) for path in named if path.is_file())


def planner(files: ProjectFiles, *, start: bool) -> ReleasePlanner:
    """Return what compares a release with the registry; `start` starts an embedded one."""
    from envctl.wiring import engine_reader
    from envctl.workflows.registry_look import RegistryLook
    from envctl.workflows.release import ReleasePlanner

    place, registry = starting_place(files) if start else reading_place(files)
    return ReleasePlanner(RegistryLook(registry, place), engine_reader())


def releaser(files: ProjectFiles, planner: ReleasePlanner, reporter: Reporter) -> Releaser:
    """Return what makes releases, as `planner` has planned them."""
    from envctl.adapters.engine_images import tag_image
    from envctl.adapters.engine_push import DockerPusher
    from envctl.workflows.publish import Publisher
    from envctl.workflows.release import Releaser

    place, pusher = planner.look.place, DockerPusher(tag_image)
    registry = open_registry(place.host)
    publisher = Publisher(registry, place, pusher, planner.images, open_registry)
    return Releaser(planner, publisher, partial(_explain, files, publisher), reporter)


def _explain(files: ProjectFiles, publisher: Publisher, part: Part) -> None:
    """Put what goes into an image beside it."""
    from envctl.adapters.input_records import packed
    from envctl.domain.explanation import known
    from envctl.domain.input_artifact import input_artifact, input_tag
    from envctl.wiring import engine_reader
    from envctl.wiring.images import inputs

    found = inputs(files, engine_reader()).documents(files.project(), part.services)
    for one in found.values():
        if one.digest == part.input:
            content, blobs = input_artifact(packed(known(one)))
            publisher.put_artifact(input_tag(one.digest), content, blobs)
            return


def builds(files: ProjectFiles, reporter: Reporter) -> Callable[[Plan], None]:
    """Return what carries a plan of builds out."""
    from envctl import wiring

    def build(plan: Plan) -> None:
        settler = wiring.settler(files, wiring.engine_reader(), reporter)
        wiring.executor(files, settler).bring_images(files.project(), plan)

    return build


def explainer(files: ProjectFiles, note: Callable[[str], None]) -> Explainer:
    """Return what tells why an image is built again."""
    from envctl.adapters.engine_images import EngineImageNames
    from envctl.adapters.input_records import InputRecords
    from envctl.wiring import engine_reader
    from envctl.wiring.images import inputs, published
    from envctl.workflows.explain import Explainer

    engine = engine_reader()
    return Explainer(
        inputs=inputs(files, engine),
        images=engine,
        names=EngineImageNames(),
        published=published(files, note),
        records=InputRecords(),
        repository=as_repository(files.project_name()),
    )


def inputs_of_release(files: ProjectFiles, said: str) -> Callable[[str], KnownInputs | None]:
    """Return a look-up, by service, of what went into the images of a release, or of a stage."""
    from envctl.adapters.input_records import unpacked
    from envctl.wiring.stages import named_release

    found = shelf(files)
    named = named_release(files, said)

    def look(service: str) -> KnownInputs | None:
        data = found.inputs(named, service)
        return unpacked(data) if data else None

    return look


def write_files(found: Shelf, named: NamedRelease, stage: str, folder: Path) -> tuple[Path, ...]:
    """Write a definition as files that any Compose runs; returns their paths.

    Refused where there are others already.
    """
    from envctl.adapters.plain_folder import write_folder
    from envctl.config.release.plain import plain_files

    definition = found.definition(named.release, stage)
    images = {i.digest: found.place.reference(i.digest) for i in named.release.images}
    files = plain_files(definition, images)
    return write_folder(folder, [(f.path, f.data, f.executable) for f in files])

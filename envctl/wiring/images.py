"""Hands out what looks for images, brings them and builds them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envctl.adapters.compose import ComposeImages
    from envctl.adapters.compose_options import ComposeOptions
    from envctl.adapters.context_tree import ContextReader
    from envctl.adapters.git import Git
    from envctl.adapters.image_lock import WritableImageLock
    from envctl.domain.lock import Order, Used
    from envctl.domain.project import Project
    from envctl.ports import EngineReader, Reporter
    from envctl.ports.building import InputKeeper, PublishedImages
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.build import LockedBuilder
    from envctl.workflows.lock import Locker


def image_lock(files: ProjectFiles) -> WritableImageLock:
    """Return the lock of the project's images."""
    from envctl.adapters.image_lock import WritableImageLock

    return WritableImageLock(files.sources)


def git(files: ProjectFiles) -> Git:
    """Return the repository that the project is in."""
    from envctl.adapters.git import Git

    return Git(files.sources)


def inputs(files: ProjectFiles, engine: EngineReader) -> ContextReader:
    """Return the reader of what goes into images; what the lock names counts as it says."""
    from envctl.adapters.context_tree import ContextReader

    def pins(names: Iterable[str]) -> Mapping[str, str]:
        named = tuple(names)
        locked = image_lock(files).read().values(named)
        return {**engine.image_ids(name for name in named if name not in locked), **locked}

    return ContextReader(pins)


def published(files: ProjectFiles, note: Callable[[str], None]) -> PublishedImages:
    """Return the look for images in the project's registry."""
    from envctl.adapters.published_images import RegistryImages
    from envctl.wiring.registries import find_place, open_hastily

    return RegistryImages(lambda: find_place(files), open_hastily, note)


def whole_projects(files: ProjectFiles) -> tuple[Project, ...]:
    """Return the project with all that any profile has, once for each of its definitions."""
    from envctl.wiring.release_definitions import ReleaseDefinitions

    options, stages = replace(files.options, profiles=("*",)), files.settings.stages
    definitions = ReleaseDefinitions(options, files.project_name(), stages, files.note)
    return tuple(definitions.projects().values())


def locker(files: ProjectFiles, note: Callable[[str], None]) -> Locker:
    """Return what it takes to lock the project's images."""
    from envctl.adapters.engine_http import EngineHttp
    from envctl.adapters.image_finder import EngineImageFinder
    from envctl.adapters.image_registry.credentials import configured_credentials
    from envctl.domain.image_reference import parse_image_reference
    from envctl.wiring import engine_reader
    from envctl.workflows.lock import Locker

    def credentials(name: str) -> str:
        return configured_credentials(parse_image_reference(name).host).for_engine

    finder = EngineImageFinder(EngineHttp(), credentials)
    return Locker(image_lock(files), inputs(files, engine_reader()), finder, note)


def images(options: ComposeOptions) -> ComposeImages:
    """Return the hands that bring the images of a playground, which Compose knows by `options`."""
    from envctl.adapters.compose import ComposeImages
    from envctl.adapters.engine_images import tag_image

    return ComposeImages(options, tag_image)


def builder(files: ProjectFiles, engine: EngineReader) -> LockedBuilder:
    """Return who builds the project's images."""
    from envctl.workflows.build import LockedBuilder

    lock = image_lock(files).read()
    return LockedBuilder(lock, inputs(files, engine), engine, BuildxBakery(files))


def input_keeper(files: ProjectFiles, engine: EngineReader) -> InputKeeper:
    """Return what keeps the inputs of images, for `explain`."""
    from envctl.adapters.input_records import FileInputKeeper

    return FileInputKeeper(inputs(files, engine))


class BuildxBakery:
    """Buildx, with the build sections of a project's effective model."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files

    def bake(self, orders: Sequence[Order], reporter: Reporter) -> Mapping[str, tuple[Used, ...]]:
        """Build all `orders` at once; see the port."""
        from envctl.adapters.bake import bake
        from envctl.config.bake_file import INSECURE, bake_file, privileged, target_name

        file = bake_file(self._files.effective(), orders)
        allowed = (INSECURE,) if privileged(file) else ()
        used = bake(file, self._files.sources, reporter, allowed)
        return {order.service: used.get(target_name(order.service), ()) for order in orders}

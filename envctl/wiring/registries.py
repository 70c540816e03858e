"""Hands out registries: the one that a project names, or the one of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.registry_place import RegistryPlace
    from envctl.ports.images import ImageRegistry, ImageRegistryReader
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.releases import Shelf


def find_place(files: ProjectFiles) -> RegistryPlace | None:
    """Return where the project's releases are; None while there is no embedded registry."""
    from envctl.domain.registry_place import place_of

    registry = files.settings.registry
    if not registry:
        from envctl.adapters.image_registry.embedded import ContainerRegistry

        registry = ContainerRegistry().find()
    return place_of(registry, files.project_name()) if registry else None


def reading_place(files: ProjectFiles) -> tuple[RegistryPlace, ImageRegistryReader]:
    """Return the place with its registry; one that was never started has nothing.

    One that was stopped is started, but for a dry run.
    """
    from envctl.adapters.image_registry.absent import AbsentRegistry
    from envctl.adapters.image_registry.embedded import ContainerRegistry
    from envctl.domain.registry_place import place_of

    registry = files.settings.registry or ContainerRegistry().reach(start=files.starts)
    if not registry:
        place = _unknown_place(files)
        return place, AbsentRegistry(place.host)
    place = place_of(registry, files.project_name())
    return place, registry_of(files, place.host)


def silent_place(files: ProjectFiles) -> tuple[RegistryPlace, ImageRegistryReader]:
    """Return a place with a registry that will not answer, for those who can do without it."""
    place = _unknown_place(files)
    return place, registry_of(files, place.host)


def _unknown_place(files: ProjectFiles) -> RegistryPlace:
    from envctl.adapters.image_registry.embedded import FIRST_PORT
    from envctl.domain.registry_place import place_of

    registry = files.settings.registry or f"127.0.0.1:{FIRST_PORT}"
    return place_of(registry, files.project_name())


def starting_place(files: ProjectFiles) -> tuple[RegistryPlace, ImageRegistry]:
    """Return the place with its registry; the embedded one is started where it is wanted."""
    from envctl.adapters.image_registry.embedded import ContainerRegistry
    from envctl.domain.registry_place import place_of

    registry = files.settings.registry or ContainerRegistry().ensure()
    place = place_of(registry, files.project_name())
    return place, registry_of(files, place.host)


def registry_of(files: ProjectFiles, host: str) -> ImageRegistry:
    """Return the registry of a host; a command has one, so that what it learns of it counts."""
    if host not in files.registries:
        files.registries[host] = open_registry(host)
    return files.registries[host]


def be_hasty(files: ProjectFiles) -> None:
    """Let this command wait for the project's registry once, and not long: it can do without."""
    if place := find_place(files):
        files.registries[place.host] = open_hastily(place.host)


def open_registry(host: str) -> ImageRegistry:
    """Return the registry of a host."""
    from envctl.adapters.image_registry.writer import open_registry

    return open_registry(host)


def open_hastily(host: str) -> ImageRegistry:
    """Return the registry of a host, for those who can do without it."""
    from envctl.adapters.image_registry.patience import Patience
    from envctl.adapters.image_registry.writer import open_registry

    return open_registry(host, Patience(connect=3.0, silence=10.0, pauses=(0.2,), gives_up=True))


def shelf(files: ProjectFiles) -> Shelf:
    """Return the releases of the project."""
    place, registry = reading_place(files)
    return shelf_of(registry, place)


def opened_shelf(
    files: ProjectFiles, note: Callable[[str], None], *, start: bool, offline: bool
) -> Shelf:
    """Return the project's releases; without a registry, none."""
    from envctl.errors import EnvctlError

    try:
        place, registry = starting_place(files) if start else reading_place(files)
    except EnvctlError as error:
        if not offline:
            raise
        note(f"the registry is not there: {error.message}")
        place, registry = silent_place(files)
    return shelf_of(registry, place)


def was_never_started(shelf: Shelf) -> bool:
    """Whether a shelf is empty because nothing on this machine has needed a registry yet."""
    from envctl.adapters.image_registry.absent import AbsentRegistry

    return isinstance(shelf.registry, AbsentRegistry)


def writing_to(files: ProjectFiles, shelf: Shelf) -> ImageRegistry:
    """Return the registry of a shelf for who writes, too; one that was never started refuses."""
    from envctl.adapters.image_registry.absent import AbsentRegistry

    if isinstance(shelf.registry, AbsentRegistry):
        return shelf.registry
    return registry_of(files, shelf.place.host)


def shelf_of(registry: ImageRegistryReader, place: RegistryPlace) -> Shelf:
    """Return the releases at a place."""
    from envctl.workflows.releases import Shelf

    def readable(text: bytes) -> bytes:  # few commands show one, and YAML is slow to import
        from envctl.adapters.compose_yaml import readable_yaml

        return readable_yaml(text)

    return Shelf(registry, place, readable)

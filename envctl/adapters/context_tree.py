"""Read what goes into an image: the Dockerfile, and the contexts as the engine sees them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.engine_platform import engine_platform
from envctl.adapters.ignore_file import ignore_rules
from envctl.adapters.stat_cache import StatCache
from envctl.adapters.tree_walk import read_tree
from envctl.domain.dockerfile import base_images, certainly_declared
from envctl.domain.ignore import IgnoreMatcher
from envctl.domain.inputs import (
    InputDocument,
    Inputs,
    counting_arguments,
    is_special,
    tree_digest,
)
from envctl.domain.platform import normalised
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.inputs import Entry
    from envctl.domain.project import Project
    from envctl.domain.service import Build, Service

Pins = Callable[[Iterable[str]], Mapping[str, str]]
"""Looks up what images are, by name: digests, or IDs on the engine. Unknown ones are left out."""


class ContextReader:
    """Computes input digests from the files, and the pins of base images, as they are now.

    `platform` says what the engine is, and is asked only where nothing else says for what to build.
    """

    def __init__(self, pins: Pins, platform: Callable[[], str] = engine_platform) -> None:
        self._pins, self._platform = pins, platform

    def bases(self, project: Project, services: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, by built service, the names of the images that it is built upon."""
        reading = _Reading(project, self._pins, self._platform)
        wanted = [project.service(name) for name in services]
        return {s.name: reading.bases(s) for s in wanted if reading.draft(s)}

    def digests(self, project: Project, services: Iterable[str]) -> Mapping[str, str]:
        """Return the input digests of built services; none for what lies elsewhere."""
        return {name: found.digest for name, found in self.documents(project, services).items()}

    def documents(self, project: Project, services: Iterable[str]) -> Mapping[str, Inputs]:
        """Return all that goes into the images of built services, as it is now."""
        reading = _Reading(project, self._pins, self._platform)
        wanted = [project.service(name) for name in services]
        for service in wanted:
            reading.draft(service)
        reading.look_up()
        found = {service.name: reading.inputs(service) for service in wanted}
        return {name: inputs for name, inputs in found.items() if inputs}


@dataclass(frozen=True)
class _Draft:
    """What the Dockerfile of a service says; `path` is where it is, None where it is no file."""

    service: Service
    build: Build
    content: bytes
    path: Path | None
    platforms: tuple[str, ...]
    bases: tuple[str, ...]

    @property
    def arguments(self) -> dict[str, str]:
        return dict(self.build.arguments)


class _Reading:
    """One look at the inputs of several services; what they share is read once."""

    def __init__(self, project: Project, pins: Pins, platform: Callable[[], str]) -> None:
        self._project, self._pins, self._platform = project, pins, platform
        self._own = ""
        self._drafts: dict[Build, _Draft | None] = {}
        self._pinned: Mapping[str, str] = {}
        self._declared: dict[Build, frozenset[str] | None] = {}
        self._inputs: dict[Build, Inputs] = {}
        self._trees: dict[tuple[str, tuple[str, ...]], str] = {}

    def draft(self, service: Service) -> bool:
        """Read the Dockerfiles that make `service`; False where its inputs cannot be read here."""
        build = service.build
        if build is None or build.remote:
            return False
        if build not in self._drafts:
            self._drafts[build] = None  # Compose has refused services that build upon each other
            others = [self._project.service(name) for _, name in build.extra_services]
            if all(self.draft(other) for other in others):
                self._drafts[build] = self._drafted(service, build)
        return self._drafts[build] is not None

    def _drafted(self, service: Service, build: Build) -> _Draft:
        if not os.path.isdir(build.context):  # noqa: PTH112 - a Path costs more than the call
            raise _wrong(service, f"the context {build.context} is not a folder")
        path = None if build.inline else _dockerfile(service, Path(build.context), build.dockerfile)
        content = _content(service, path) if path else build.inline.encode()
        text = content.decode("utf-8", "replace")
        platforms = self._platforms(build)
        bases = base_images(text, dict(build.arguments), platforms, build.named)
        images = (image for _, image in build.extra_images)
        return _Draft(service, build, content, path, platforms, tuple(sorted({*bases, *images})))

    def _platforms(self, build: Build) -> tuple[str, ...]:
        """For what to build: as the service says, the environment, or what the engine is."""
        default = os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
        if wanted := build.platforms or ((default,) if default else ()):
            return tuple(sorted({normalised(platform) for platform in wanted}))
        self._own = self._own or self._platform()
        return (self._own,)

    def look_up(self) -> None:
        """Ask, for all that was drafted at once, what others have to say."""
        drafts = [draft for draft in self._drafts.values() if draft]
        if names := sorted({name for draft in drafts for name in draft.bases}):
            self._pinned = self._pins(names)
        unclear = []
        for draft in drafts:
            given = {name for name in draft.arguments if not is_special(name)}
            text = draft.content.decode("utf-8", "replace")
            known = certainly_declared(text, draft.build.target, draft.arguments, draft.build.named)
            self._declared[draft.build] = known
            unclear += [] if known >= given else [draft]
        if unclear:
            from envctl.adapters.declared import declared_arguments

            self._declared |= declared_arguments(
                {d.build: (d.content, d.platforms, self._pins_of(d)) for d in unclear}
            )

    def _pins_of(self, draft: _Draft) -> dict[str, str]:
        return {name: self._pinned[name] for name in draft.bases if name in self._pinned}

    def bases(self, service: Service) -> tuple[str, ...]:
        """Return the names of the images that a drafted service is built upon."""
        draft = self._drafts.get(service.build) if service.build else None
        return draft.bases if draft else ()

    def inputs(self, service: Service) -> Inputs | None:
        """Return what goes into the image of `service`; None where it cannot be read here."""
        build = service.build
        draft = self._drafts.get(build) if build else None
        if build is None or draft is None:
            return None
        if build not in self._inputs:
            folders = _folders(draft)
            document = self._document(draft, folders)
            self._inputs[build] = Inputs(
                document,
                document.digest,
                lambda: _entries(draft.service, folders),
                _files(draft),
            )
        return self._inputs[build]

    def _document(self, draft: _Draft, folders: _Folders) -> InputDocument:
        build = draft.build
        others = {k: self.inputs(self._project.service(n)) for k, n in build.extra_services}
        return InputDocument(
            platforms=draft.platforms,
            dockerfile=hashlib.sha256(draft.content).hexdigest(),
            trees={name: self._tree(draft.service, *at) for name, at in folders.items()},
            target=build.target,
            ignore={name: _texts(rules) for name, (_, rules) in folders.items() if rules.rules},
            arguments=counting_arguments(draft.arguments, self._declared[build]),
            settings=json.loads(build.definition),
            secrets=build.secrets,
            ssh=build.ssh,
            bases=self._pins_of(draft),
            services={name: other.digest for name, other in others.items() if other},
        )

    def _tree(self, service: Service, folder: Path, rules: IgnoreMatcher) -> str:
        key = (str(folder), _texts(rules))
        if key not in self._trees:
            self._trees[key] = tree_digest(_read(service, folder, rules))
        return self._trees[key]


_Folders = dict[str, tuple[Path, IgnoreMatcher]]


def _folders(draft: _Draft) -> _Folders:
    """Every context that is a folder, by name, with what is ignored there."""
    build, context = draft.build, Path(draft.build.context)
    with _unreadable(draft.service, "make it readable for you"):
        folders = {"": (context, ignore_rules(context, draft.path))}
        for name, folder in build.extra_contexts:
            folders[name] = (Path(folder), ignore_rules(Path(folder), None))
    for name, folder in build.extra_layouts:
        folders[name] = (Path(folder), IgnoreMatcher(()))
    return folders


def _read(service: Service, folder: Path, rules: IgnoreMatcher) -> list[Entry]:
    with _unreadable(service, "make it readable for you, or leave it out by .dockerignore"):
        return read_tree(folder, rules, StatCache(folder, "\n".join(_texts(rules))))


def _entries(service: Service, folders: _Folders) -> dict[str, tuple[Entry, ...]]:
    return {name: tuple(sorted(_read(service, *at))) for name, at in folders.items()}


def _content(service: Service, dockerfile: Path) -> bytes:
    with _unreadable(service, "make it readable for you"):
        return dockerfile.read_bytes()


@contextmanager
def _unreadable(service: Service, hint: str) -> Iterator[None]:
    """Tell which file cannot be read, as a mistake in the project, and what to do."""
    try:
        yield
    except OSError as error:
        place = os.fsdecode(error.filename or service.name)
        what = f"services.{service.name}.build: cannot read {place}: {error.strerror}"
        raise ConfigurationError(what, hint=hint) from error


def _texts(rules: IgnoreMatcher) -> tuple[str, ...]:
    return tuple(map(str, rules.rules))


def _files(draft: _Draft) -> tuple[str, ...]:
    """Return the Dockerfile and the files with ignore rules, links followed."""
    build, path = draft.build, draft.path
    named = [path, path.with_name(path.name + ".dockerignore")] if path else []
    folders = (build.context, *(folder for _, folder in build.extra_contexts))
    named += [Path(folder, ".dockerignore") for folder in folders]
    return tuple(os.path.realpath(path) for path in named if path.is_file())


def _dockerfile(service: Service, context: Path, name: str) -> Path:
    """Return the Dockerfile; the builder takes a lower-case one where there is no other."""
    path = context / name
    lower = path.with_name("dockerfile")
    if path.name == "Dockerfile" and not path.is_file() and lower.is_file():
        return lower
    if not path.is_file():
        raise _wrong(service, f"there is no Dockerfile at {path}")
    return path


def _wrong(service: Service, what: str) -> ConfigurationError:
    return ConfigurationError(f"services.{service.name}.build: {what}")

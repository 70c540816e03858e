"""Read what goes into an image: the Dockerfile, and the contexts as the engine sees them."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.domain.dockerfile import base_images
from envctl.domain.ignore import IgnoreMatcher, parse_ignore
from envctl.domain.inputs import Entry, input_digest, kept_name, tree_digest
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.project import Project
    from envctl.domain.service import Build, Service

ImageIds = Callable[[Iterable[str]], Mapping[str, str]]
"""Looks up the IDs of images on the engine, by name."""


class ContextReader:
    """Computes input digests from the files, and the engine's base images, as they are now."""

    def __init__(self, image_ids: ImageIds) -> None:
        self._image_ids = image_ids

    def digests(self, project: Project, services: Iterable[str]) -> Mapping[str, str]:
        """Return, by built service, the digest of its present inputs, where they can be read."""
        seen: dict[Build, str | None] = {}
        found = ((name, self._digest(project, project.service(name), seen)) for name in services)
        return {name: digest for name, digest in found if digest}

    def bases(self, project: Project, services: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, by built service, the names of the images that it is built upon."""
        return dict.fromkeys(services, ())

    def kept_names(self, project: Project, services: Iterable[str]) -> Mapping[str, str]:
        """Return, by built service, the name an image of its present inputs is kept under."""
        seen: dict[Build, str | None] = {}
        names = {}
        for service in (project.service(name) for name in services):
            if digest := self._digest(project, service, seen):
                names[service.name] = kept_name(service.image, digest)
        return names

    def _digest(
        self, project: Project, service: Service, seen: dict[Build, str | None]
    ) -> str | None:
        """Return the input digest of `service`; None where its inputs cannot be read here."""
        build = service.build
        if build is None or build.remote:
            return None
        if build not in seen:
            seen[build] = None  # Compose has refused services that build upon each other
            others = {
                key: self._digest(project, project.service(name), seen)
                for key, name in build.extra_services
            }
            known = {key: digest for key, digest in others.items() if digest}
            seen[build] = (
                self._own_digest(service, build, known) if len(known) == len(others) else None
            )
        return seen[build]

    def _own_digest(self, service: Service, build: Build, others: Mapping[str, str]) -> str:
        context = Path(build.context)
        if not context.is_dir():
            raise _wrong(service, f"the context {context} is not a folder")
        inline = json.loads(build.definition).get("dockerfile_inline")
        dockerfile = None if inline else _dockerfile(service, context, build.dockerfile)
        text = inline or (dockerfile.read_bytes().decode("utf-8", "replace") if dockerfile else "")
        trees = {"": _tree(service, context, dockerfile), **others}
        for name, folder in build.extra_contexts:
            trees[name] = _tree(service, Path(folder), None)
        content = hashlib.sha256(text.encode()).hexdigest()
        bases = self._image_ids(base_images(text, dict(build.arguments)))
        platform = os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
        return input_digest(build.definition, content, platform, trees, bases)


def _dockerfile(service: Service, context: Path, name: str) -> Path:
    """Return the Dockerfile; the builder takes a lower-case one where there is no other."""
    path = context / name
    lower = path.with_name("dockerfile")
    if name == "Dockerfile" and not path.is_file() and lower.is_file():
        return lower
    if not path.is_file():
        raise _wrong(service, f"there is no Dockerfile at {path}")
    return path


def _tree(service: Service, context: Path, dockerfile: Path | None) -> str:
    try:
        return tree_digest(_entries(context, "", _matcher(context, dockerfile), ()))
    except OSError as error:
        raise _wrong(service, f"{error.filename}: {error.strerror}") from error


def _matcher(context: Path, dockerfile: Path | None) -> IgnoreMatcher:
    """The ignore file named after the Dockerfile goes before the context's own."""
    own = [dockerfile.with_name(dockerfile.name + ".dockerignore")] if dockerfile else []
    for path in (*own, context / ".dockerignore"):
        try:
            text = path.read_text(encoding="utf-8", errors="surrogateescape")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        return IgnoreMatcher(parse_ignore(text, str(path)))
    return IgnoreMatcher(())


def _entries(
    context: Path, below: str, matcher: IgnoreMatcher, above: tuple[bool, ...]
) -> Iterator[Entry]:
    """Yield what the engine sees of a folder; an ignored folder counts when it keeps something."""
    with os.scandir(context / below) as found:
        for item in found:
            path = f"{below}/{item.name}" if below else item.name
            ignored, matched = matcher.decide(path, above)
            if item.is_dir(follow_symlinks=False):
                closed = ignored and matcher.closes(path)
                entries = [] if closed else list(_entries(context, path, matcher, matched))
                if entries or not ignored:
                    yield Entry(path, "dir")
                yield from entries
            elif not ignored:
                yield from _leaf(item, path)


def _leaf(item: os.DirEntry[str], path: str) -> Iterator[Entry]:
    mode = item.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        yield Entry(path, "link", os.readlink(item.path))
    elif stat.S_ISREG(mode):
        with open(item.path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        yield Entry(path, "exec" if mode & 0o111 else "file", content)


def _wrong(service: Service, what: str) -> ConfigurationError:
    return ConfigurationError(f"services.{service.name}.build: {what}")

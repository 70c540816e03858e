"""Read what goes into an image: the Dockerfile, and the contexts as the engine sees them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from envctl.domain.ignore import IgnoreMatcher, parse_ignore
from envctl.domain.inputs import Entry, input_digest, kept_name, tree_digest
from envctl.domain.project import Project
from envctl.domain.service import Build, Service
from envctl.errors import ConfigurationError


class ContextReader:
    """Computes input digests from the files as they are now."""

    def kept_names(self, project: Project, services: Iterable[str]) -> Mapping[str, str]:
        """Return, by built service, the name an image of its present inputs is kept under."""
        seen: dict[Build, str] = {}
        names = {}
        for service in (project.service(name) for name in services):
            if service.build is None or service.build.remote:
                continue
            if service.build not in seen:
                seen[service.build] = _digest(service, service.build)
            names[service.name] = kept_name(service.image, seen[service.build])
        return names


def file_digest(path: str) -> str | None:
    """Return the sha256 of a regular file; None for anything else, or what cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _digest(service: Service, build: Build) -> str:
    context = Path(build.context)
    if not context.is_dir():
        raise _wrong(service, f"the context {context} is not a folder")
    inline = '"dockerfile_inline"' in build.definition
    dockerfile = context / build.dockerfile
    content = "" if inline else file_digest(str(dockerfile))
    if content is None:
        raise _wrong(service, f"there is no Dockerfile at {dockerfile}")
    trees = {"": _tree(service, context, None if inline else dockerfile)}
    for name, folder in build.extra_contexts:
        trees[name] = _tree(service, Path(folder), None)
    return input_digest(
        build.definition, content, os.environ.get("DOCKER_DEFAULT_PLATFORM", ""), trees
    )


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

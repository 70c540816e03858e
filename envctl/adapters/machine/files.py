"""Find out whether the paths that a project names exist."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.domain.diagnosis.project_facts import BigContext, Lack, MissingPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.project import Project

HUGE = 200 * 1024**2
"""Bytes; reading this much for each build is felt."""

Entry = tuple[str, Lack, str]


def missing_paths(
    project: Project, model: dict[str, Any], *, mounts_here: bool
) -> tuple[MissingPath, ...]:
    """Return what is missing; bind mounts only where the engine has this machine's files."""
    entries = [*_builds(project), *_granted(model), *(_mounts(model) if mounts_here else ())]
    services: dict[tuple[Lack, str], list[str]] = {}
    for service, lack, path in entries:
        if not os.path.exists(path):  # noqa: PTH110 - as Compose gave it
            services.setdefault((lack, path), []).append(service)
    return tuple(
        MissingPath(tuple(dict.fromkeys(names)), lack, path)
        for (lack, path), names in services.items()
    )


def _builds(project: Project) -> Iterator[Entry]:
    for service in project.services:
        build = service.build
        if build is None or build.remote:
            continue
        context = Path(build.context)
        if not context.is_dir():
            yield service.name, Lack.CONTEXT, build.context
        elif '"dockerfile_inline"' not in build.definition:
            yield service.name, Lack.DOCKERFILE, str(dockerfile_of(context, build.dockerfile))


def dockerfile_of(context: Path, name: str) -> Path:
    """Return where the Dockerfile is looked for; a lower-case one is taken as well."""
    path = context / name
    lower = path.with_name("dockerfile")
    return lower if name == "Dockerfile" and not path.is_file() and lower.is_file() else path


def _granted(model: dict[str, Any]) -> Iterator[Entry]:
    for service, body in sorted((model.get("services") or {}).items()):
        for kind, lack in (("secrets", Lack.SECRET), ("configs", Lack.CONFIG)):
            top = model.get(kind) or {}
            for entry in body.get(kind) or []:
                if file := (top.get(entry.get("source")) or {}).get("file"):
                    yield service, lack, str(file)


def _mounts(model: dict[str, Any]) -> Iterator[Entry]:
    for service, body in sorted((model.get("services") or {}).items()):
        for mount in body.get("volumes") or []:
            if mount.get("type") == "bind":
                # with options of its own, a mount is made by the engine, which creates nothing
                strict = "bind" in mount and not mount["bind"].get("create_host_path")
                yield service, Lack.STRICT_BIND if strict else Lack.BIND, str(mount["source"])


def unfiltered_contexts(project: Project) -> dict[str, tuple[str, ...]]:
    """Return the services of each build context that has no ignore file."""
    found: dict[str, tuple[str, ...]] = {}
    for service in project.services:
        build = service.build
        if build is None or build.remote or not Path(build.context).is_dir():
            continue
        dockerfile = dockerfile_of(Path(build.context), build.dockerfile)
        own = dockerfile.with_name(dockerfile.name + ".dockerignore")
        if not (own.is_file() or (Path(build.context) / ".dockerignore").is_file()):
            found[build.context] = (*found.get(build.context, ()), service.name)
    return found


def big_contexts(project: Project) -> tuple[BigContext, ...]:
    """Return contexts of more than HUGE that nothing is left out of."""
    sizes = ((p, s, _size(p)) for p, s in unfiltered_contexts(project).items())
    return tuple(BigContext(services, path, size) for path, services, size in sizes if size > HUGE)


def _size(folder: str) -> int:
    """Count up to HUGE, no further."""
    total, todo = 0, [folder]
    while todo and total <= HUGE:
        with os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total

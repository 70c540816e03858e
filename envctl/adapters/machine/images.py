"""Find out which images of a project are on the engine, and for which machine they are."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.machine.files import dockerfile_of
from envctl.adapters.machine.looks import Look
from envctl.domain.diagnosis.project_facts import PlatformFact
from envctl.domain.dockerfile import base_images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.adapters.engine_http import EngineHttp
    from envctl.domain.project import Project
    from envctl.domain.service import Service

_HEALTHCHECK = re.compile(r"^\s*HEALTHCHECK\s+(?!NONE)", re.IGNORECASE | re.MULTILINE)
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
# what a machine runs besides its own
_AS_WELL = {"amd64": "386", "arm64": "arm"}
_EMULATORS = {"arm64": "aarch64", "amd64": "x86_64", "386": "i386"}

PATIENCE = 2.0
"""Seconds that advice may wait for an engine."""


@dataclass(frozen=True)
class ImageFacts:
    """`absent` are images that `up` has to pull, `checked` services with a check in their image."""

    absent: tuple[str, ...] | None = None
    checked: frozenset[str] = frozenset()
    platforms: tuple[PlatformFact, ...] = ()


def image_facts(
    http: EngineHttp, project: Project, model: dict[str, Any], engine: str, *, local: bool
) -> ImageFacts:
    """Return what is known of the images; `engine` is its architecture, empty if unknown."""
    found = {}
    for name in dict.fromkeys(s.image for s in project.services):
        if data := http.get_json(f"/images/{name}/json", missing_ok=True):
            found[name] = data
    absent = [
        image
        for service in project.services
        for image in _needed(service, found)
        if service.pull_policy == "always" or not _is_there(http, image, found)
    ]
    return ImageFacts(
        tuple(dict.fromkeys(absent)),
        frozenset(s.name for s in project.services if _is_checked(s, found.get(s.image))),
        tuple(_platforms(model, found, project, engine, local=local)) if engine else (),
    )


def _is_there(http: EngineHttp, image: str, found: dict[str, dict[str, Any]]) -> bool:
    return image in found or http.get_json(f"/images/{image}/json", missing_ok=True) is not None


def _needed(service: Service, found: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """What is pulled for it: its image, or what that is built upon while there is none."""
    if service.build is None:
        return (service.image,)
    text = _dockerfile(service)
    if service.image in found or not text:
        return ()
    bases = base_images(text, dict(service.build.arguments), contexts=service.build.named)
    return tuple(b for b in bases if "$" not in b)


def _dockerfile(service: Service) -> str:
    build = service.build
    if build is None or build.remote:
        return ""
    if build.inline:
        return build.inline
    try:
        path = dockerfile_of(Path(build.context), build.dockerfile)
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def checked_services(project: Project, model: dict[str, Any]) -> frozenset[str]:
    """Return the services whose image has a healthcheck, as far as that can be seen."""
    from envctl.adapters.engine_http import EngineHttp

    def see() -> frozenset[str]:
        return image_facts(EngineHttp(), project, model, "", local=False).checked

    return Look(see, PATIENCE).get_or(checked_by_file(project))


def checked_by_file(project: Project) -> frozenset[str]:
    """Return the services whose Dockerfile has a healthcheck; the engine is not asked."""
    return frozenset(s.name for s in project.services if _is_checked(s, None))


def _is_checked(service: Service, image: dict[str, Any] | None) -> bool:
    check = ((image or {}).get("Config") or {}).get("Healthcheck") or {}
    test = check.get("Test") or []
    return bool(test and test != ["NONE"]) or bool(_HEALTHCHECK.search(_dockerfile(service)))


def _platforms(
    model: dict[str, Any],
    found: dict[str, dict[str, Any]],
    project: Project,
    engine: str,
    *,
    local: bool,
) -> Iterator[PlatformFact]:
    default = os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
    for service in project.services:
        written = (model["services"].get(service.name) or {}).get("platform", "")
        wanted = written or _of_image(found.get(service.image)) or default
        architecture = _architecture(wanted)
        if architecture not in ("", engine, _AS_WELL.get(engine)):
            emulated = _is_emulated(architecture) if local else None
            yield PlatformFact(service.name, wanted, emulated, bool(written))


def _of_image(image: dict[str, Any] | None) -> str:
    architecture = (image or {}).get("Architecture")
    return f"{(image or {}).get('Os', 'linux')}/{architecture}" if architecture else ""


def _architecture(platform: str) -> str:
    words = platform.split("/")
    return words[1] if len(words) > 1 else words[0]


def _is_emulated(architecture: str) -> bool | None:
    if not (_BINFMT / "register").exists():
        return False
    name = _EMULATORS.get(architecture, architecture)
    return any((_BINFMT / f"{tool}-{name}").exists() for tool in ("qemu", "rosetta"))

"""What a release is made of: every image that its services run, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.kept import kept_name, tag_of
from envctl.domain.lock import LOCK_FILE, Pin, is_pinned
from envctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.domain.lock import Lock
    from envctl.domain.project import Project
    from envctl.domain.service import Service


@dataclass(frozen=True)
class Part:
    """An image that services run.

    `tag` is what it is called in the project's repository. One that is built has its input digest
    and the name under which the engine keeps it; one of somebody else's its `name` as written, its
    pin and the platform that it is wanted for.
    """

    tag: str
    services: tuple[str, ...]
    kept: str = ""
    input: str = ""
    name: str = ""
    pin: Pin | None = None
    platform: str = ""


def built_parts(repository: str, digests: Mapping[str, str]) -> tuple[Part, ...]:
    """Return a part for each of the input digests, by service; `repository` keeps them here."""
    parts: dict[str, Part] = {}
    for service, digest in sorted(digests.items()):
        kept = kept_name(repository, digest)
        part = parts.get(digest, Part(tag_of(kept), (), kept=kept, input=digest))
        parts[digest] = replace(part, services=(*part.services, service))
    return tuple(sorted(parts.values(), key=lambda part: part.services))


def mirrored_parts(
    services: Iterable[Service], lock: Lock, platforms: Mapping[str, str]
) -> tuple[Part, ...]:
    """Return a part for each image of somebody else's; Refused names those nobody has locked.

    `platforms` say, by service, for what its image is wanted.
    """
    parts: dict[str, Part] = {}
    floating = []
    for service in sorted(services, key=lambda s: s.name):
        pin = pin_of(service.image, lock)
        if pin is None:
            floating.append(f"services.{service.name}.image: {service.image} may be another image")
            continue
        tag = mirror_tag(pin, platforms[service.name])
        part = parts.get(tag) or Part(
            tag, (), name=service.image, pin=pin, platform=platforms[service.name]
        )
        parts[tag] = replace(part, services=(*part.services, service.name))
    if floating:
        raise Refused(
            f"the release would float: {LOCK_FILE} does not have all of its images",
            details=tuple(floating),
            hint="run envctl lock, and commit what it writes",
        )
    return tuple(sorted(parts.values(), key=lambda part: part.services))


def mirror_tag(pin: Pin, platform: str) -> str:
    """Return the tag of the copy of an image for one platform."""
    return f"m.{hashlib.sha256(f'{pin.value} {platform}'.encode()).hexdigest()[:32]}"


def pin_of(name: str, lock: Lock) -> Pin | None:
    """Return which image exactly `name` means; None when it may become another one."""
    if is_pinned(name):
        return Pin(digest=name.partition("@")[2])
    return lock.pins.get(name) or lock.pins.get(name.removesuffix(":latest"))


def require_one_image(projects: Mapping[str, Project]) -> None:
    """Refuse overlays that give a service another image: what was tested is what runs.

    `projects` are the definitions by stage; the one without an overlay has an empty name.
    """
    base = {s.name: s for s in projects[""].services}
    wrong = [
        f"services.{s.name}: the overlay of {stage} {said}"
        for stage, project in sorted(projects.items())
        for s in project.services
        if (said := _what_differs(base.get(s.name), s))
    ]
    if wrong:
        raise Refused(
            "a release has one image for each service, on every stage",
            details=tuple(wrong),
            hint="leave image and build to the Compose files that all stages share",
        )


def _what_differs(base: Service | None, other: Service) -> str:
    if base is None:
        return "builds it" if other.build else ""
    if base.build != other.build:
        return "changes how it is built"
    return f"has {other.image}, the project has {base.image}" if base.image != other.image else ""

"""Whether stages run what their releases say, and what differs between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from envctl.domain.observed import Container
    from envctl.domain.release import Release

_OWN = ("image", "pull_policy", "x-envctl", "labels")


@dataclass(frozen=True)
class RunningImage:
    """One running container of a stage, and whether it is the release's image."""

    service: str
    container: str
    image: str
    wanted: str
    holds: bool


@dataclass(frozen=True)
class StageProof:
    """What was seen of a stage: its release, its containers, and what stands against it."""

    stage: str
    release: str
    version: str
    images: tuple[RunningImage, ...]
    complaints: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every container runs the release's image."""
        return not self.complaints and all(image.holds for image in self.images)


def prove(
    stage: str,
    version: str,
    digest: str,
    release: Release,
    services: Collection[str],
    containers: Iterable[Container],
) -> StageProof:
    """Compare running `containers` with the images of a release.

    `services` are those that the stage has; one without a running container is a complaint.
    """
    images = tuple(_image(release, container) for container in containers)
    seen = {image.service for image in images}
    missing = tuple(f"{name} has no running container" for name in sorted(set(services) - seen))
    wrong = tuple(
        f"{i.container} runs {i.image}, the release has {i.wanted}" for i in images if not i.holds
    )
    return StageProof(stage, digest, version, images, (*missing, *wrong))


def _image(release: Release, container: Container) -> RunningImage:
    image = release.image_of(container.service)
    if image is None:
        return RunningImage(
            container.service, container.name, container.image_id, "none", holds=False
        )
    ids = {image.digest, *(i for p in image.platforms for i in (p.manifest, p.config))}
    holds = container.image_id in ids
    return RunningImage(container.service, container.name, container.image_id, image.digest, holds)


def stored_files(model: dict[str, Any]) -> dict[str, str]:
    """Return the files that services mount from the stage's store: names, with their paths there.

    The paths have digests of the contents in them that are keyed: another one on each stage.
    """
    every = (model.get("services") or {}).values()
    mounts = (m.get("volume") or {} for body in every for m in body.get("volumes") or ())
    paths = (str(mount["subpath"]) for mount in mounts if "subpath" in mount)
    return {path.split("/", 2)[2]: path for path in paths}


def differing_settings(one: dict[str, Any], two: dict[str, Any]) -> tuple[str, ...]:
    """Return the places at which two stages' models differ; never what stands there.

    What the stages' own names make different is left out. Under `files` a model has the names of
    the files that it mounts from the store, each with a digest of what is in it.
    """
    return tuple(sorted(set(_differences(_settings(one), _settings(two), ""))))


def _settings(model: dict[str, Any]) -> dict[str, Any]:
    services: dict[str, Any] = {}
    for name, body in (model.get("services") or {}).items():
        kept = {k: v for k, v in body.items() if k not in _OWN}
        mounts = kept.pop("volumes", [])
        kept["volumes"] = {str(m.get("target", "")): _mounted(m) for m in mounts}
        kept["ports"] = sorted(str(p.get("target")) for p in kept.get("ports") or [])
        services[name] = kept
    configs = {
        key: {k: v for k, v in body.items() if k != "name"}
        for key, body in (model.get("configs") or {}).items()
    }
    return {"services": services, "configs": configs, "files": model.get("files") or {}}


def _mounted(mount: dict[str, Any]) -> Any:
    """Return what is mounted; volumes are called after their stages, and files have a digest."""
    return str(mount["type"]) if mount.get("type") == "volume" else mount


def _differences(one: Any, two: Any, where: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(two, dict):
        for key in {*one, *two}:
            below = f"{where}.{key}" if where else key
            if key not in one or key not in two:
                yield below
            else:
                yield from _differences(one[key], two[key], below)
    elif one != two:
        yield where

"""Decide which images have to be pulled, built or named; calls nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.domain.kept import tag_of, unclean_name
from envctl.domain.plan import Action, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envctl.domain.observed import Observed
    from envctl.domain.project import Project
    from envctl.domain.service import Service

NEVER_BUILT, CHANGED = "never built here", "its inputs changed"
PUBLISHED = "built before from the same inputs, in the registry"
PULLED = "as it is pulled"


def image_steps(
    project: Project, services: Iterable[Service], observed: Observed, *, rebuild: bool
) -> tuple[Step, ...]:
    """Return the steps after which the engine has the images of `services`.

    What several services make of the same inputs is built or pulled once, and named for each.
    """
    used = [s for s in services if s.replicas > 0]
    builders = project.builders(used)
    built = {s.image for s in builders}
    steps: dict[tuple[str, str], Step] = {}
    first: dict[str, Step] = {}
    for service in sorted({*used, *builders}, key=lambda s: s.name):
        if service.build:
            needed = _made(service, observed, first, rebuild=rebuild)
        else:
            needed = [] if service.image in built else _pulled(service, observed)
        # services that name one image and make it of the same inputs need it once
        for step in needed:
            steps.setdefault((step.target, observed.inputs.get(service.name, step.source)), step)
    return tuple(steps.values())


def is_certain(step: Step, changing: Mapping[str, Step]) -> bool:
    """Whether another image is sure to come of this step; a builder may find it unchanged.

    `changing` are all the steps by the name of the image that they bring.
    """
    if step.action is Action.TAG:
        return step.source not in changing or is_certain(changing[step.source], changing)
    return step.cause in (NEVER_BUILT, CHANGED, PUBLISHED)


def _made(
    service: Service, observed: Observed, first: dict[str, Step], *, rebuild: bool
) -> list[Step]:
    """Return the steps for a service that is built; `first` are those for the same inputs."""
    kept = observed.inputs.get(service.name, "")
    if kept in first:
        return _named_as(first[kept], service)
    if cause := _why_built(service, observed, kept, rebuild=rebuild):
        named = unclean_name(kept) if kept and service.name in observed.unclean else kept
        steps = [Step(Action.BUILD, service.name, cause, source=named, target=service.image)]
    elif here := _here(kept, observed):
        return _tagged(service, here, observed)
    else:
        source = observed.published[kept]
        pull = Step(Action.PULL, service.name, PUBLISHED, source=source, target=kept)
        steps = [pull, Step(Action.TAG, service.name, PULLED, source=kept, target=service.image)]
    if kept:
        first[kept] = steps[-1]
    return steps


def _named_as(other: Step, service: Service) -> list[Step]:
    if other.target == service.image:
        return []
    cause = f"the same inputs as {other.subject}"
    return [Step(Action.TAG, service.name, cause, source=other.target, target=service.image)]


def _why_built(service: Service, observed: Observed, kept: str, *, rebuild: bool) -> str:
    if rebuild:
        return "--build"
    if not kept:
        return "its context lies elsewhere, the builder decides"
    if service.pull_policy == "build":
        return "pull_policy: build"
    if _here(kept, observed) or kept in observed.published:
        return ""
    return NEVER_BUILT if service.image not in observed.images else CHANGED


def _here(kept: str, observed: Observed) -> str:
    """Return the name under which the engine has the image."""
    names: Iterator[str] = (n for n in (kept, unclean_name(kept)) if n in observed.images)
    return next(names, "")


def _tagged(service: Service, here: str, observed: Observed) -> list[Step]:
    if observed.images.get(service.image) == observed.images[here]:
        return []
    cause = f"built before from the same inputs ({tag_of(here)[:18]})"
    return [Step(Action.TAG, service.name, cause, source=here, target=service.image)]


def _pulled(service: Service, observed: Observed) -> list[Step]:
    source = observed.locked.get(service.image, "")
    step = Step(Action.PULL, service.name, "", source=source, target=service.image)
    if service.pull_policy in ("always", "daily", "weekly") or service.pull_policy.startswith(
        "every_"
    ):
        return [replace(step, cause=f"pull_policy: {service.pull_policy}")]
    if service.image in observed.images or service.pull_policy == "never":
        return []
    by_lock = ", envctl.lock says which one" if source else ""
    return [replace(step, cause=f"{service.image} is not on this engine{by_lock}")]

"""Decide what a release still needs in the registry; calls nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Plan, Step
from envctl.domain.plan_images import image_steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from envctl.domain.observed import Observed
    from envctl.domain.project import Project
    from envctl.domain.release_parts import Part

_MISSING = "the registry does not have it"


def plan_images(
    project: Project, parts: Iterable[Part], published: Collection[str], observed: Observed
) -> Plan:
    """Return the steps after which the registry has every part.

    `published` are the tags that it has, `observed` what the engine has: only images of committed
    files count. What is there is neither built nor pushed.
    """
    missing = [part for part in parts if part.tag not in published]
    built = {service for part in missing if part.kept for service in part.services}
    steps = image_steps(
        project,
        # what runs nowhere yet is released too
        [replace(s, replicas=1) for s in project.services if s.name in built],
        replace(observed, published={}, unclean=frozenset()),
        rebuild=False,
    )
    builds = tuple(step for step in steps if step.action is Action.BUILD)
    return Plan((*builds, *map(_brought, missing)))


def _brought(part: Part) -> Step:
    if part.kept:
        return Step(Action.PUSH, part.services[0], _MISSING, source=part.kept, target=part.tag)
    return Step(Action.MIRROR, part.services[0], _MISSING, source=part.name, target=part.tag)

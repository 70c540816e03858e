"""Which images a target lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.domain.plan import Action, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.domain.deployment import Deployment
    from envctl.domain.stage_observed import StageObserved


def image_steps(new: Deployment, seen: StageObserved) -> Iterator[Step]:
    """Yield what brings the images of `new`: pulled, or only named where they are there."""
    for image in new.images:
        if seen.images.get(image.name) in image.ids:
            continue
        subject = ", ".join(image.services)
        here = next((i for i in image.ids if i in seen.known), "")
        if here:
            yield Step(Action.TAG, subject, "it is on the target", source=here, target=image.name)
        else:
            yield Step(
                Action.PULL, subject, "not on the target", source=image.reference, target=image.name
            )

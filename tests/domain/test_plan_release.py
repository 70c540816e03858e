"""What a release still needs."""

from __future__ import annotations

from envctl.domain.observed import Observed
from envctl.domain.plan_release import plan_images
from envctl.domain.project import Project
from envctl.domain.release_parts import built_parts
from envctl.domain.service import Build, Service

BUILD = Build("/src", "Dockerfile", "{}")
DIGEST = "1" * 64
KEPT = f"shop:i.{DIGEST[:32]}"


def test_an_image_of_a_service_that_is_not_to_run_is_built_and_pushed() -> None:
    project = Project("shop", (Service("api", "shop-api:latest", build=BUILD, replicas=0),))
    parts = built_parts("shop", {"api": DIGEST})
    plan = plan_images(project, parts, (), Observed(inputs={"api": KEPT}))
    assert str(plan).splitlines() == [
        "build api: never built here",
        "push api: the registry does not have it",
    ]


def test_what_the_registry_has_is_neither_built_nor_pushed() -> None:
    project = Project("shop", (Service("api", "shop-api:latest", build=BUILD),))
    parts = built_parts("shop", {"api": DIGEST})
    observed = Observed(inputs={"api": KEPT})
    assert not plan_images(project, parts, {f"i.{DIGEST[:32]}"}, observed)

from __future__ import annotations

from envctl.domain.project import Project
from envctl.domain.service import Build, Service
from envctl.workflows.rebuild import narrowed


def test_only_the_named_services_are_built_and_those_of_the_same_build() -> None:
    api, web = Build("/api", "Dockerfile"), Build("/web", "Dockerfile")
    services = (
        Service("api", "shop-api", build=api),
        Service("migrate", "shop-migrate", build=api),
        Service("web", "shop-web", build=web),
    )
    left = narrowed(Project("shop", services), ["api"])
    assert [s.name for s in left.services if s.build] == ["api", "migrate"]
    assert [s.image for s in left.services] == ["shop-api", "shop-migrate", "shop-web"]

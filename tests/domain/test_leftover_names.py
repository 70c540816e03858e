"""No plan leaves a name behind that a replacement was cut short under."""

from __future__ import annotations

from envctl.domain.observed import Container, Observed
from envctl.domain.plan_up import plan_up
from envctl.domain.project import Project
from envctl.domain.service import Service

SHOP = Project("shop", (Service("web", "web:1", "def"),))
NEW = Container("2", "0123456789ab_shop-web-1", "web", "created", image_id="sha256:1")
OLD = Container("1", "shop-web-1", "web", "exited", image_id="sha256:1", exit_code=137)


def lines(*containers: Container) -> list[str]:
    observed = Observed(containers, images={"web:1": "sha256:1"}, known={"1": "former", "2": "def"})
    return str(plan_up(SHOP, observed)).splitlines()


def test_the_new_one_that_is_alone_gets_its_name_and_is_started() -> None:
    assert lines(NEW) == [
        "rename web: a replacement was cut short, it is called 0123456789ab_shop-web-1",
        "start web: created, never started",
    ]


def test_beside_the_old_one_it_goes_and_the_old_one_is_replaced() -> None:
    assert lines(NEW, OLD) == [
        "remove web: a replacement was cut short, it is called 0123456789ab_shop-web-1",
        "replace web: its definition changed",
    ]


def test_other_names_are_left_alone() -> None:
    assert lines(Container("2", "0123_web", "web", "running", image_id="sha256:1")) == []

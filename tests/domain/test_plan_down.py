"""What `down` removes, and that data stays unless it is asked for."""

from __future__ import annotations

from envctl.domain.observed import Container, Observed
from envctl.domain.plan_down import plan_down

SHOP = Observed(
    containers=(
        Container("1", "shop-web-1", "web", "running"),
        Container("2", "shop-web-2", "web", "exited"),
        Container("3", "shop-db-1", "db", "running"),
    ),
    networks=("shop_default",),
    volumes=("shop_data",),
)


def test_containers_and_networks_go_and_volumes_stay() -> None:
    assert str(plan_down(SHOP)).splitlines() == [
        "remove db: 1 container, running",
        "remove web: 2 containers, exited, running",
        "remove network shop_default: it belongs to this playground",
    ]


def test_volumes_go_when_asked() -> None:
    assert (
        str(plan_down(SHOP, volumes=True)).splitlines()[-1] == "remove volume shop_data: --volumes"
    )


def test_nothing_there_means_nothing_to_do() -> None:
    assert not plan_down(Observed(), volumes=True)


def test_volumes_alone_are_removed_when_asked() -> None:
    left = Observed(volumes=("shop_data",))
    assert str(plan_down(left, volumes=True)) == "remove volume shop_data: --volumes"
    assert not plan_down(left)

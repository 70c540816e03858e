"""What `down` removes, and that data stays unless it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.observed import Container, Guest, Mount, Observed
from envctl.domain.plan_down import plan_demolition, plan_down
from envctl.errors import Refused

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


def test_what_writes_to_a_volume_that_leads_elsewhere_is_asked_to_stop() -> None:
    mounts = (Mount("volume", "shop_data"),)
    writer = Container("1", "shop-db-1", "db", "running", mounts=mounts)
    shop = Observed(containers=(writer,), volumes=("shop_data",), lasting=("shop_data",))
    assert str(plan_demolition(shop, "reset")).splitlines() == [
        "remove db: 1 container, running; asked to stop first, it writes to shop_data",
        "remove volume shop_data: reset; what it holds lies elsewhere, and stays there",
    ]


def test_nothing_there_means_nothing_to_do() -> None:
    assert not plan_down(Observed())
    assert not plan_demolition(Observed(), "reset")


def test_volumes_alone_are_left_or_demolished() -> None:
    left = Observed(volumes=("shop_data",))
    assert not plan_down(left)
    assert str(plan_demolition(left, "--volumes")) == "remove volume shop_data: --volumes"


def test_a_demolition_kills_first_and_takes_the_data_last() -> None:
    plan = plan_demolition(SHOP, "reset")
    assert [str(wave.steps[0]) for wave in plan.waves] == [
        "remove db: 1 container, running; killed",
        "remove network shop_default: it belongs to this playground",
    ]
    assert str(plan).splitlines() == [
        "remove db: 1 container, running; killed",
        "remove web: 2 containers, exited, running; killed",
        "remove network shop_default: it belongs to this playground",
        "remove volume shop_data: reset",
    ]


def writing(*mounts: Mount) -> Observed:
    return replace(SHOP, containers=(Container("1", "shop-db-1", "db", "running", mounts=mounts),))


@pytest.mark.parametrize(
    "mount",
    [
        Mount("volume", "shop_data"),
        Mount("volume", "f" * 64, anonymous=True),
        Mount("bind", "/etc/passwd", writable=False),
        Mount("tmpfs", ""),
    ],
)
def test_who_writes_to_nothing_that_stays_is_killed(mount: Mount) -> None:
    assert plan_demolition(writing(mount), "reset").steps[0].forced


@pytest.mark.parametrize("mount", [Mount("bind", "/srv/data"), Mount("volume", "elsewhere")])
def test_who_writes_to_what_stays_is_asked_to_stop(mount: Mount) -> None:
    step = plan_demolition(writing(mount, Mount("volume", "shop_data")), "reset").steps[0]
    assert not step.forced
    assert str(step).endswith(f"; asked to stop first, it writes to {mount.source}")


def test_somebody_elses_container_is_taken_off_the_network() -> None:
    guest = Guest("psql", networks=("shop_default",))
    plan = plan_demolition(replace(SHOP, guests=(guest,)), "reset")
    assert str(plan.steps[0]) == "disconnect psql from shop_default: it is none of this playground"


def test_somebody_elses_use_of_a_volume_is_respected() -> None:
    guest = Guest("backup", volumes=("shop_data",))
    with pytest.raises(Refused, match=r"container backup, .* uses volume shop_data") as caught:
        plan_demolition(replace(SHOP, guests=(guest,)), "reset")
    assert "docker rm -f backup" in caught.value.hint

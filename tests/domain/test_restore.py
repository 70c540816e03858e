"""What a restore does, and what forbids it: text in, text out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.image_version import Image
from envctl.domain.observed import Container, Observed
from envctl.domain.plan import Action
from envctl.domain.plan_up import plan_up
from envctl.domain.project import Project
from envctl.domain.restore import (
    Due,
    all_following,
    changed_major,
    check_volume,
    following,
    restore_steps,
    with_due,
)
from envctl.domain.service import Dependency, Role, Service
from envctl.domain.snapshot import Mounted, SavedVolume
from envctl.domain.volume import Volume, VolumeUser
from envctl.errors import Refused

DB = Service("db", "postgres:15", volumes=("data",), has_healthcheck=True)
API = Service("api", "api:1", depends_on=(Dependency("db"),), volumes=("up",))
SIDE = Service("side", "side:1", shares=("db",))
VOLUMES = (Volume("data", "shop_data"), Volume("up", "shop_up"))
SHOP = Project("shop", (API, DB, SIDE), volumes=VOLUMES)
IMAGES = {s.image: f"id-{s.image}" for s in SHOP.services}
DATA, UP = Due("data", "seed", "a restore of seed was cut short"), Due("up", "seed", "fresh")


def container(service: Service, **more: object) -> Container:
    found = Container(
        f"c-{service.name}", f"shop-{service.name}-1", service.name, "running",
        image_id=f"id-{service.image}",
    )  # fmt: skip
    return replace(found, **more)  # type: ignore[arg-type]


def observed(*containers: Container, due: tuple[Due, ...] = (DATA,)) -> Observed:
    known = {c.id: "" for c in containers}
    return Observed(containers=containers, images=IMAGES, known=known, due=due)


def test_what_is_due_comes_before_anything_starts() -> None:
    all_there = observed(*(container(s) for s in SHOP.services))
    assert str(plan_up(SHOP, all_there)).splitlines() == [
        "restore data: a restore of seed was cut short",
        "replace db: its data is restored",
        "replace side: it shares with db",
    ]


def test_a_fresh_playground_is_filled_and_started_in_the_order_of_compose() -> None:
    plan = plan_up(SHOP, observed(due=(DATA, UP)))
    assert str(plan).splitlines() == [
        "restore data: a restore of seed was cut short",
        "restore up: fresh",
        "create api: its data is restored",
        "create db: its data is restored",
        "create side: no container",
    ]
    assert [wave.ordered for wave in plan.waves] == [False, True]


def test_what_the_chosen_services_do_not_use_stays_due() -> None:
    there = observed(*(container(s) for s in SHOP.services), due=(DATA, UP))
    assert [s.subject for s in plan_up(SHOP, there, ["db"]).of(Action.RESTORE)] == ["data"]


def test_a_volume_that_the_project_has_no_longer_is_not_due() -> None:
    assert restore_steps(SHOP, SHOP.services, (Due("gone", "seed", ""),)) == ()


def test_a_leftover_name_of_a_container_that_goes_is_not_mended() -> None:
    half = container(DB, name="0123456789ab_shop-db-1")
    said = str(plan_up(SHOP, observed(container(API), half, container(SIDE))))
    assert "rename" not in said
    assert "restore data" in said


def test_the_later_word_on_a_volume_counts() -> None:
    other = Due("data", "other", "")
    assert with_due((DATA, UP), (other,)) == (UP, other)


def test_who_follows_a_replaced_service() -> None:
    web = Service("web", "web:1", depends_on=(Dependency("api", restart=True),))
    project = replace(SHOP, services=(API, DB, SIDE, web))
    assert following(project, {"db"}) == {"db", "side"}
    assert following(project, {"api"}) == {"api", "web"}


def test_what_needs_a_service_at_any_distance_can_follow_it_and_no_job_does() -> None:
    needs_db, needs_api = (Dependency("db"),), (Dependency("api"),)
    project = Project(
        "shop",
        (
            Service("api", "api", depends_on=needs_db),
            Service("db", "db"),
            Service("mail", "mail"),
            Service("migrate", "api", role=Role.JOB, depends_on=needs_db),
            Service("web", "web", depends_on=needs_api),
        ),
    )
    assert following(project, {"db"}) == {"db"}
    assert following(all_following(project), {"db"}) == {"api", "db", "web"}
    assert following(all_following(project), {"mail"}) == {"mail"}


# --- what forbids it

SAVED = SavedVolume("data", 1, "", (Mounted("db", "postgres:15", "sha256:15", "15"),))


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (Image("postgres:16", "sha256:16"), "db runs postgres:16 (version 16), and data was saved "
                                            "with postgres:15 (version 15)"),
        (Image("postgres:15.4", "sha256:154"), ""),
        (Image("postgres:latest", "sha256:16"), ""),
        (Image("postgres:16", "sha256:15"), ""),
        (Image("postgres:16"), "db runs postgres:16 (version 16), and data was saved "
                               "with postgres:15 (version 15)"),
    ],
)  # fmt: skip
def test_another_major_version_is_named(image: Image, said: str) -> None:
    assert changed_major(SAVED, {"db": image}) == said


def test_a_service_that_is_gone_and_a_version_that_was_unknown_forbid_nothing() -> None:
    assert changed_major(SAVED, {}) == ""
    unknown = replace(SAVED, mounted=(Mounted("db", "db", "sha256:1", ""),))
    assert changed_major(unknown, {"db": Image("db:16", "sha256:2")}) == ""


@pytest.mark.parametrize("change", [{"external": True}, {"options": {"device": "/srv"}}])
def test_a_volume_that_cannot_be_emptied_is_refused(change: dict[str, object]) -> None:
    volume = replace(VOLUMES[0], **change)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="volume data is not the engine's own"):
        check_volume(SHOP, volume, ())


def test_a_volume_that_somebody_else_uses_is_refused() -> None:
    mine = VolumeUser("1", "shop-db-1", "shop", "db", "running")
    check_volume(SHOP, VOLUMES[0], [mine])
    with pytest.raises(Refused, match="the container spy, which is none of this playground"):
        check_volume(SHOP, VOLUMES[0], [mine, replace(mine, name="spy", project="")])

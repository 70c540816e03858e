"""`build`: by the lock, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from envctl.domain.lock import Lock, Order, Pin, Used
from envctl.domain.plan import Action, Step
from envctl.domain.project import Project
from envctl.errors import BuildFailed, Refused
from envctl.ports import Reporter
from envctl.workflows.build import LockedBuilder, prepare_build
from tests.fakes import FakeReporter
from tests.workflows.shop import API, SHOP, Playground

A, B = (f"sha256:{letter * 64}" for letter in "ab")
STEP = Step(Action.BUILD, "api", "", source="shop:i.1", target="shop-api:latest")


@dataclass
class FakeBakery:
    """Builds everything upon the image that it is set to."""

    used: Used | None = None
    orders: list[Order] = field(default_factory=list)

    def bake(self, orders: Sequence[Order], reporter: Reporter) -> Mapping[str, tuple[Used, ...]]:
        self.orders += orders
        return {order.service: (self.used,) for order in orders} if self.used else {}


@dataclass
class Bases:
    """What every image is built upon, and what the engine has of it."""

    ids: dict[str, str] = field(default_factory=dict)

    def bases(self, project: Project, services: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(services, ("debian:12",))

    def image_ids(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.ids[name] for name in names if name in self.ids}


def _build(lock: Lock, bakery: FakeBakery, **ids: str) -> None:
    bases = Bases({"debian:12": ids["debian"]} if ids else {})
    LockedBuilder(lock, bases, bases, bakery).build(SHOP, [STEP], FakeReporter())


def test_the_builder_is_told_what_the_lock_names() -> None:
    bakery = FakeBakery(Used("debian:12", A))
    _build(Lock({"debian:12": Pin(digest=A)}), bakery)
    contexts = {"debian:12": f"docker-image://debian:12@{A}"}
    assert bakery.orders == [Order("api", ("shop-api:latest",), contexts)]


def test_an_image_that_was_built_upon_another_one_is_refused() -> None:
    with pytest.raises(BuildFailed) as error:
        _build(Lock({"debian:12": Pin(digest=A)}), FakeBakery(Used("debian:12", B)))
    assert error.value.details == (f"api: debian:12 was {B}, envctl.lock says {A}",)


def test_a_builder_that_does_not_say_what_it_used_is_believed() -> None:
    _build(Lock({"debian:12": Pin(digest=A)}), FakeBakery())


def test_an_engine_with_another_image_than_the_locked_one_builds_nothing() -> None:
    bakery = FakeBakery()
    with pytest.raises(Refused) as error:
        _build(Lock({"debian:12": Pin(id=A)}), bakery, debian=B)
    assert error.value.details == (f"debian:12 is {B}, envctl.lock says {A}",)
    assert bakery.orders == []


def test_without_a_lock_the_names_mean_what_they_mean_to_the_builder() -> None:
    bakery = FakeBakery(Used("debian:12", A))
    _build(Lock(), bakery)
    assert bakery.orders == [Order("api", ("shop-api:latest",))]


def test_only_what_is_built_is_planned() -> None:
    shop = Playground()
    assert str(prepare_build(shop.senses(), SHOP)) == "build api: never built here"


def test_the_registry_is_asked_for_what_is_not_here_only() -> None:
    shop = Playground()
    shop.published.images["shop:i.1"] = "r.example/shop@sha256:1"
    plan = prepare_build(shop.senses(), SHOP)
    assert str(plan).splitlines() == [
        "pull api: built before from the same inputs, in the registry",
        "tag api: as it is pulled",
    ]
    shop.executor().bring_images(SHOP, plan)
    assert shop.engine.calls == [
        "fetch r.example/shop@sha256:1",
        "tag r.example/shop@sha256:1 shop:i.1",
        "tag shop:i.1 shop-api:latest",
    ]
    shop.published.asked.clear()
    assert not prepare_build(shop.senses(), SHOP)
    assert shop.published.asked == []


def test_uncommitted_files_show_in_the_name() -> None:
    shop = Playground()
    shop.sources.dirty = frozenset({"api"})
    shop.executor().bring_images(SHOP, prepare_build(shop.senses(), SHOP))
    assert "shop:d.1" in shop.engine.images
    assert "shop:i.1" not in shop.engine.images
    assert not prepare_build(shop.senses(), SHOP)


def test_a_missing_image_of_somebody_else_is_pulled_as_the_lock_says() -> None:
    shop = Playground()
    shop.lock.lock = Lock({"postgres:15": Pin(digest=A)})
    shop.up()
    assert f"fetch postgres@{A}" in shop.engine.calls
    assert f"tag postgres@{A} postgres:15" in shop.engine.calls


def test_what_is_built_each_time_shows_uncommitted_files_each_time() -> None:
    api = replace(API, pull_policy="build")
    shop = Playground(Project("shop", (api,)))
    shop.sources.dirty = frozenset({"api"})
    for _ in range(2):
        plan = prepare_build(shop.senses(), shop.project)
        assert [step.source for step in plan.images] == ["shop:d.1"]
        shop.executor().bring_images(shop.project, plan)
    assert "shop:i.1" not in shop.engine.images

"""What is built, pulled or only named."""

from __future__ import annotations

import pytest

from envctl.domain.kept import is_of, kept_name, tag_of, unclean_name
from envctl.domain.observed import Observed
from envctl.domain.plan import Action, Plan
from envctl.domain.plan_images import image_steps
from envctl.domain.project import Project
from envctl.domain.service import Build, Service

BUILD = Build("/src", "Dockerfile", "{}")
API = Service("api", "shop-api:latest", build=BUILD)
JOB = Service("job", "shop-job:latest", build=BUILD)
DB = Service("db", "postgres:15")
PROJECT = Project("shop", (API, DB, JOB))
KEPT = "shop:i.1"
BOTH = {"api": KEPT, "job": KEPT}


def _plan(observed: Observed, *, rebuild: bool = False) -> list[str]:
    steps = image_steps(PROJECT, [API, JOB], observed, rebuild=rebuild)
    return str(Plan(steps)).splitlines()


def test_what_two_services_make_of_the_same_inputs_is_built_once() -> None:
    assert _plan(Observed(inputs=BOTH)) == [
        "build api: never built here",
        "tag job: the same inputs as api",
    ]


def test_what_the_registry_has_is_pulled_once_and_never_built() -> None:
    observed = Observed(inputs=BOTH, published={KEPT: "r.example/shop@sha256:1"})
    assert _plan(observed) == [
        "pull api: built before from the same inputs, in the registry",
        "tag api: as it is pulled",
        "tag job: the same inputs as api",
    ]
    step = image_steps(PROJECT, [API], observed, rebuild=False)[0]
    assert (step.source, step.target) == ("r.example/shop@sha256:1", KEPT)


def test_what_is_here_goes_before_what_the_registry_has() -> None:
    observed = Observed(inputs=BOTH, images={KEPT: "id"}, published={KEPT: "r.example/shop@x"})
    assert _plan(observed) == [
        "tag api: built before from the same inputs (i.1)",
        "tag job: built before from the same inputs (i.1)",
    ]


def test_an_image_of_files_that_nobody_committed_serves_as_long_as_its_inputs_are_the_same() -> (
    None
):
    images = {"shop:d.1": "id", "shop-api:latest": "id", "shop-job:latest": "id"}
    assert _plan(Observed(inputs=BOTH, images=images)) == []


@pytest.mark.parametrize(("unclean", "name"), [((), "shop:i.1"), (("api",), "shop:d.1")])
def test_files_that_nobody_committed_give_another_name(unclean: tuple[str, ...], name: str) -> None:
    observed = Observed(inputs=BOTH, unclean=frozenset(unclean))
    first = image_steps(PROJECT, [API, JOB], observed, rebuild=False)[0]
    assert (first.action, first.source) == (Action.BUILD, name)


def test_a_build_on_request_is_one_build_too() -> None:
    observed = Observed(inputs=BOTH, images={KEPT: "id"})
    assert _plan(observed, rebuild=True) == [
        "build api: --build",
        "tag job: the same inputs as api",
    ]


def test_inputs_that_cannot_be_read_are_built_each_for_itself() -> None:
    assert _plan(Observed()) == [
        "build api: its context lies elsewhere, the builder decides",
        "build job: its context lies elsewhere, the builder decides",
    ]


def test_a_kept_name_carries_half_of_the_digest() -> None:
    kept = kept_name("shop", "0123456789abcdef" * 4)
    assert kept == "shop:i.0123456789abcdef0123456789abcdef"
    assert unclean_name(kept) == "shop:d.0123456789abcdef0123456789abcdef"
    assert tag_of(kept) == "i.0123456789abcdef0123456789abcdef"
    assert is_of(unclean_name(kept), kept)
    assert not is_of(kept_name("shop", "f" * 64), kept)

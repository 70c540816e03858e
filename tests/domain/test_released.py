"""What a playground from a release says of itself, and which engines can run it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envctl.domain.release import PlatformImage, Release, ReleaseImage
from envctl.domain.released import Released, is_run_by, require_platform
from envctl.errors import Refused

DIGEST = "sha256:" + "a" * 64
HERE = Released("integration", "", "shop", "r/shop", "integration", "1.4.0", DIGEST)


def release(**platforms: str) -> Release:
    images = tuple(
        ReleaseImage(
            "application/json",
            DIGEST,
            1,
            (service,),
            tuple(PlatformImage(p, DIGEST, DIGEST) for p in said.split(",")),
            input="1a",
        )
        for service, said in platforms.items()
    )
    return Release("shop", "c0ffee", "2026-01-01T00:00:00Z", "", "", (), images)


def test_a_list_shows_the_release_the_stage_and_what_is_from_here() -> None:
    assert str(HERE) == "1.4.0 (integration)"
    assert str(replace(HERE, stage="")) == "1.4.0"
    assert str(replace(HERE, own=("api", "web"))) == "1.4.0 (integration) with api, web"


def test_a_stage_that_goes_on_is_the_same_source_and_a_named_release_is_not() -> None:
    moved = replace(HERE, version="1.5.0", digest="sha256:" + "b" * 64)
    assert HERE.is_same_source(moved)
    assert not HERE.is_same_source(replace(HERE, stage="production"))
    assert not HERE.is_same_source(replace(HERE, place="r.example.com/shop"))
    assert not replace(HERE, stage="").is_same_source(replace(moved, stage=""))


def test_a_release_for_the_engines_platform_is_taken() -> None:
    require_platform(release(web="linux/amd64", db="linux/arm64,linux/amd64"), "1", "linux/amd64")


def test_a_release_for_another_one_is_refused_with_all_of_it() -> None:
    made = release(web="linux/arm64", api="linux/arm64", db="linux/amd64", x="windows/amd64")
    with pytest.raises(Refused) as caught:
        require_platform(made, "1.4.0", "linux/amd64")
    assert caught.value.message == (
        "1.4.0 is for another platform than this engine, linux/amd64: "
        "it has api, web for linux/arm64; x for windows/amd64"
    )


def test_a_service_that_says_its_platform_itself_is_not_judged() -> None:
    require_platform(release(web="linux/arm64"), "1", "linux/amd64", exempt=["web"])


@pytest.mark.parametrize(
    ("image", "runs"), [("linux/arm64", True), ("linux/arm64/v8", True), ("linux/arm", False)]
)
def test_variants_do_not_count(image: str, *, runs: bool) -> None:
    assert is_run_by(image, "linux/arm64") is runs

"""What proves that a stage runs its release, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from envctl.domain.observed import Container
from envctl.domain.release import PlatformImage, Release, ReleaseImage
from envctl.domain.service import Service
from envctl.domain.verification import StageProof, Verdict, prove
from tests.stages import containers, database, deployment

WEB, DB = ("sha256:" + digit * 64 for digit in "ad")
RUNNING = deployment("1")


def image(digest: str, *services: str) -> ReleaseImage:
    platforms = (PlatformImage("linux/amd64", digest, digest),)
    return ReleaseImage("application/json", digest, 1, services, platforms, input="1a" * 32)


RELEASE = Release(
    "shop", "c0ffee", "2026-01-01T00:00:00Z", "", "", (),
    (image(WEB, "web", "worker", "migrate"), image(DB, "db")),
)  # fmt: skip


def up(*, but: dict[str, str] | None = None) -> list[Container]:
    """Return the containers of the stage as they are to be; `but` gives states by service."""
    own = [replace(c, image_id=WEB) for c in containers(RUNNING, but=but)]
    return [*own, replace(database(RUNNING), image_id=DB)]


def proof(there: Sequence[Container], served: str = RUNNING.name, replicas: int = 1) -> StageProof:
    services = tuple(replace(s, replicas=replicas) for s in RUNNING.apps.services)
    running = replace(RUNNING, apps=replace(RUNNING.apps, services=services))
    return prove("production", "1.0", RELEASE, running, there, served)


def test_a_stage_that_runs_the_images_of_its_release_is_proved() -> None:
    found = proof(up())
    assert found.holds
    assert sorted(i.service for i in found.images) == ["db", "web", "worker"], (
        "no job is waited for"
    )


def test_another_image_is_no_proof() -> None:
    found = proof([replace(c, image_id=DB) if c.service == "web" else c for c in up()])
    assert not found.holds
    assert found.complaints == (f"{RUNNING.name}-web-1 runs {DB}, the release has {WEB}",)


def test_a_service_without_a_running_container_is_no_proof() -> None:
    found = proof(up(but={"web": "exited", "worker": "gone"}))
    assert not found.holds
    assert found.complaints == (
        "web has no running container",
        "worker has no running container",
    )


def test_fewer_containers_than_the_release_has_are_no_proof() -> None:
    there = up()
    there += [replace(c, id="2", name="web-2") for c in there if c.service == "web"]
    found = proof(there, replicas=2)
    assert not found.holds
    assert found.complaints == ("worker has 1 of 2 containers running",)


@pytest.mark.parametrize(
    ("served", "said"), [("", "the edge serves nothing"), ("other", "the edge serves other")]
)
def test_a_release_that_the_edge_does_not_serve_is_no_proof(served: str, said: str) -> None:
    found = proof(up(), served)
    assert not found.holds
    assert found.complaints == (said,)


def test_a_release_without_a_way_in_needs_no_edge() -> None:
    running = deployment("1", routes=())
    assert prove("production", "1.0", RELEASE, running, up(), "").holds


def test_a_service_with_no_containers_wanted_lacks_none() -> None:
    none = Service("web", "shop/web:1", replicas=0)
    running = replace(RUNNING, apps=replace(RUNNING.apps, services=(none,)))
    assert prove("production", "1.0", RELEASE, running, up(but={"web": "gone"}), RUNNING.name).holds


def test_stages_that_are_compared_have_to_run_one_release() -> None:
    one = proof(up())
    two = replace(one, release="sha256:" + "2" * 64)
    assert Verdict([one, one], compared=True).holds
    assert not Verdict([one, two], compared=True).holds
    assert Verdict([one, two], compared=False).holds
    assert not Verdict([one, replace(two, complaints=("x",))], compared=False).holds

"""What proves that a playground runs what a stage runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from envctl.domain.observed import Container
from envctl.domain.release import PlatformImage, Release, ReleaseImage
from envctl.domain.released import Released
from envctl.domain.service import Role, Service
from envctl.domain.verification import StageProof
from envctl.domain.verification_here import Meant, prove_here

WEB, DB, OTHER, RELEASE = ("sha256:" + digit * 64 for digit in "adef")
HERE = Released("integration", "", "shop", "r/shop", "integration", "1.0", RELEASE)
SERVICES = (
    Service("web", "w", has_healthcheck=True),
    Service("db", "d", has_healthcheck=True),
    Service("migrate", "w", role=Role.JOB),
)


def image(digest: str, *services: str) -> ReleaseImage:
    platforms = (PlatformImage("linux/amd64", digest, digest),)
    return ReleaseImage("application/json", digest, 1, services, platforms, input="1a" * 32)


MADE = Release(
    "shop", "c0ffee", "2026-01-01T00:00:00Z", "", "", (),
    (image(WEB, "web", "migrate"), image(DB, "db")),
)  # fmt: skip


def container(service: str, image_id: str, state: str = "running") -> Container:
    return Container(f"id-{service}", f"p-{service}-1", service, state, image_id=image_id)


UP = [container("web", WEB), container("db", DB), container("migrate", WEB, "exited")]


def proof(there: Sequence[Container], here: Released = HERE, digest: str = RELEASE) -> StageProof:
    return prove_here("p", here, Meant("1.0", digest, MADE), SERVICES, there)


def test_a_playground_with_the_images_of_the_stages_release_is_proved_jobs_included() -> None:
    found = proof(UP)
    assert found.holds
    assert [i.service for i in found.images] == ["web", "db", "migrate"]


def test_a_stage_that_has_gone_on_is_told_with_what_moves_the_playground() -> None:
    found = proof(UP, digest=OTHER)
    assert found.complaints == (
        "integration runs 1.0 now, this was 1.0: envctl up --from integration",
    )


def test_another_image_is_no_proof_and_neither_is_an_ended_job_of_another_one() -> None:
    found = proof([*UP[1:2], container("web", OTHER), container("migrate", OTHER, "exited")])
    assert found.complaints == (
        f"p-web-1 runs {OTHER}, the release has {WEB}",
        f"p-migrate-1 runs {OTHER}, the release has {WEB}",
    )


def test_a_service_that_does_not_run_is_no_proof() -> None:
    assert proof([container("web", WEB, "exited"), *UP[1:]]).complaints == (
        "web has no running container",
    )


def test_a_service_of_the_checkout_is_told_once() -> None:
    here = replace(HERE, own=("web",), sources="/src")
    found = proof([container("web", OTHER), *UP[1:]], here)
    assert found.complaints == ("web is that of /src, not of the release",)
    assert not found.holds


def test_what_ran_once_by_hand_is_not_looked_at() -> None:
    assert proof([*UP, replace(container("web", OTHER), oneoff=True)]).holds

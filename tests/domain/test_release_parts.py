"""Which images a release is made of."""

from __future__ import annotations

import pytest

from envctl.domain.lock import Lock, Pin
from envctl.domain.project import Project
from envctl.domain.release_parts import (
    built_parts,
    mirror_tag,
    mirrored_parts,
    pin_of,
    require_one_image,
)
from envctl.domain.service import Build, Service
from envctl.errors import Refused

PIN = Pin(digest=f"sha256:{'a' * 64}")
BUILD = Build("/src", "Dockerfile", "{}")
API = Service("api", "shop-api:latest", build=BUILD)
DB = Service("db", "postgres:15")
DIGEST = "0123456789abcdef" * 4


def test_services_with_the_same_inputs_have_one_image() -> None:
    (part,) = built_parts("shop", {"migrate": DIGEST, "api": DIGEST})
    assert part.services == ("api", "migrate")
    assert part.tag == "i.0123456789abcdef0123456789abcdef"
    assert part.kept == "shop:i.0123456789abcdef0123456789abcdef"
    assert part.input == DIGEST


def test_services_with_one_image_of_somebody_else_share_its_copy() -> None:
    lock = Lock({"postgres:15": PIN})
    other = Service("backup", "postgres:15")
    (part,) = mirrored_parts([DB, other], lock, {"db": "linux/amd64", "backup": "linux/amd64"})
    assert part.services == ("backup", "db")
    assert part.tag == mirror_tag(PIN, "linux/amd64")
    assert (part.name, part.pin, part.platform) == ("postgres:15", PIN, "linux/amd64")


def test_each_platform_has_a_copy_of_its_own() -> None:
    lock = Lock({"postgres:15": PIN})
    other = Service("arm", "postgres:15")
    parts = mirrored_parts([DB, other], lock, {"db": "linux/amd64", "arm": "linux/arm64"})
    assert len({part.tag for part in parts}) == 2


def test_an_image_that_nobody_has_locked_is_refused() -> None:
    with pytest.raises(Refused) as error:
        mirrored_parts([DB], Lock(), {"db": "linux/amd64"})
    assert error.value.details == ("services.db.image: postgres:15 may be another image",)


@pytest.mark.parametrize(
    ("name", "pin"),
    [
        ("postgres:15", PIN),
        ("redis:latest", PIN),
        (f"nginx@{PIN.digest}", PIN),
        ("busybox:1", None),
    ],
)
def test_a_name_is_pinned_by_itself_or_by_the_lock(name: str, pin: Pin | None) -> None:
    assert pin_of(name, Lock({"postgres:15": PIN, "redis": PIN})) == pin


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Service("db", "postgres:16"), "services.db: the overlay of live has postgres:16"),
        (
            Service("api", "shop-api:latest", build=Build("/src", "Dockerfile", '{"target":"x"}')),
            "services.api: the overlay of live changes how it is built",
        ),
        (Service("new", "new:latest", build=BUILD), "services.new: the overlay of live builds it"),
    ],
)
def test_an_overlay_changes_no_image(other: Service, said: str) -> None:
    base = Project("shop", (API, DB))
    with pytest.raises(Refused) as error:
        require_one_image({"": base, "live": Project("shop", (other,))})
    assert error.value.details[0].startswith(said)


def test_an_overlay_may_add_what_is_not_built() -> None:
    base = Project("shop", (API, DB))
    require_one_image({"": base, "live": Project("shop", (API, DB, Service("edge", "haproxy:3")))})

"""Which version an image says it is."""

from __future__ import annotations

import pytest

from envctl.domain.image_version import VERSION_LABEL, Image, image_version, major


@pytest.mark.parametrize(
    ("image", "version"),
    [
        (Image("postgres:16", environment={"PG_MAJOR": "15", "PG_VERSION": "15.3"}), "15"),
        (Image("x/redis", environment={"REDIS_VERSION": "7.2", "GOSU_VERSION": "1.17"}), "7.2"),
        (Image("mariadb", environment={"MARIADB_VERSION": "1:10.11.6"}), "1:10.11.6"),
        (Image("shop-api:latest", environment={"GOSU_VERSION": "1.17"}), ""),
        (Image("db:3", labels={VERSION_LABEL: "v4.1"}), "v4.1"),
        (Image("db:3", labels={VERSION_LABEL: "bookworm"}), "3"),
        (Image("two:1", environment={"A_MAJOR": "8", "B_MAJOR": "9"}), "1"),
        (Image("registry:5000/db:15-alpine"), "15-alpine"),
        (Image("registry:5000/db"), ""),
        (Image("db:v2@sha256:abc"), "v2"),
        (Image("db@sha256:123"), ""),
        (Image("debian:bookworm-20240101"), ""),
    ],
)
def test_the_version_is_what_says_most_of_the_images_own_program(
    image: Image, version: str
) -> None:
    assert image_version(image) == version


@pytest.mark.parametrize(
    ("version", "number"),
    [("15.3", "15"), ("1:10.11", "10"), ("v2", "2"), ("15-alpine", "15"), ("latest", ""), ("", "")],
)
def test_the_major_version_is_the_first_number(version: str, number: str) -> None:
    assert major(version) == number

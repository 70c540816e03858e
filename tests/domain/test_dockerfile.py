"""Which images a Dockerfile builds upon."""

from __future__ import annotations

import pytest

from envctl.domain.dockerfile import base_images


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM debian:12", ("debian:12",)),
        ("from --platform=linux/amd64 debian:12 as base\nFROM base", ("debian:12",)),
        ("FROM scratch", ()),
        ("ARG V=12\nFROM debian:${V}", ("debian:12",)),
        ("ARG V\nFROM debian:${V:-11}", ("debian:11",)),
        ("FROM a\nCOPY --from=busybox:1 /x /y", ("a", "busybox:1")),
        ("FROM a AS one\nFROM b\nCOPY --from=one /x /y\nCOPY --from=0 /x /y", ("a", "b")),
        ("FROM a\nRUN --mount=type=bind,from=tools:1,target=/t make", ("a", "tools:1")),
        ("FROM \\\n  a\n# FROM b", ("a",)),
        ("", ()),
    ],
)
def test_images_are_found_and_stages_are_not(text: str, images: tuple[str, ...]) -> None:
    assert base_images(text, {}) == images


def test_a_build_argument_goes_before_the_default() -> None:
    assert base_images("ARG V=12\nFROM debian:$V", {"V": "13"}) == ("debian:13",)

from __future__ import annotations

import pytest

from envctl.domain.platform import arguments_of, normalised


@pytest.mark.parametrize(
    ("written", "platform"),
    [
        ("linux/amd64", "linux/amd64"), ("Linux/x86_64", "linux/amd64"), ("amd64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"), ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"), ("armhf", "linux/arm/v7"), ("linux/arm/v6", "linux/arm/v6"),
        ("linux", "linux/riscv64"), ("windows/amd64", "windows/amd64"), (" i386", "linux/386"),
        ("macos/arm64", "darwin/arm64"), ("linux/", "linux/riscv64"),
    ],
)  # fmt: skip
def test_other_spellings_are_one_platform(written: str, platform: str) -> None:
    assert normalised(written, own="linux/riscv64") == platform


def test_a_platform_gives_its_parts() -> None:
    found = arguments_of("linux/arm/v7")
    assert found["TARGETPLATFORM"] == "linux/arm/v7"
    assert (found["TARGETOS"], found["TARGETARCH"], found["TARGETVARIANT"]) == (
        "linux",
        "arm",
        "v7",
    )

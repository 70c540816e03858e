"""Which images a Dockerfile builds upon, and which build arguments it declares for certain."""

from __future__ import annotations

import pytest

from envctl.domain.dockerfile import base_images, certainly_declared

HEREDOC = """\
FROM a
RUN <<ONE cat <<-"TWO"
FROM not
ONE
FROM neither
\tTWO
COPY --from=b <<EOF /x
COPY --from=nor /x /y
EOF
COPY --from=c /x /y
"""


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM debian:12", ("debian:12",)),
        ("from --platform=linux/amd64 debian:12 as base\nFROM base", ("debian:12",)),
        ("FROM --platform=$BUILDPLATFORM debian:12 AS Base\nFROM bAsE", ("debian:12",)),
        ("FROM scratch", ()),
        ("ARG V=12\nFROM debian:${V}", ("debian:12",)),
        ("ARG V\nFROM debian:${V:-11}", ("debian:11",)),
        ("ARG V=\nFROM debian:${V:-11}", ("debian:11",)),
        ("ARG V=\nFROM debian${V-:11}", ("debian",)),
        ("ARG S=1\nFROM debian${S:+:slim}${T:+no}", ("debian:slim",)),
        ("ARG A=x B=\"${A}y\"\nFROM 'a':$B", ("a:xy",)),
        ("ARG A='$B'\nFROM a$A", ("a$B",)),
        ("ARG A=b\nFROM ${C:-${A:-d}}:1", ("b:1",)),
        ("ARG V=v1.2.3\nFROM a:${V#v} AS x\nFROM a:${V%%.*}", ("a:1.2.3", "a:v1")),
        ("ARG V=1.2.3\nFROM a:${V/./-} AS x\nFROM a:${V//./-}", ("a:1-2-3", "a:1-2.3")),
        ("FROM a-$TARGETARCH", ("a-amd64",)),
        ("FROM one\nARG V=12\nFROM debian:${V:-11}", ("debian:11", "one")),
        ("FROM a\nCOPY --from=busybox:1 /x /y", ("a", "busybox:1")),
        ("FROM a\nCOPY --chown=1 --from=b --link /x /y", ("a", "b")),
        ("FROM a AS one\nFROM b\nCOPY --from=one /x /y\nCOPY --from=0 /x /y", ("a", "b")),
        ("FROM a\nRUN --mount=type=bind,from=tools:1,target=/t make", ("a", "tools:1")),
        ("FROM a\nRUN --mount=type=cache,target=/c --mount=from=t,target=/t x", ("a", "t")),
        ("FROM a\nRUN echo --mount=from=t\nRUN cp --from=b", ("a",)),
        ("FROM \\\n  a\n# FROM b", ("a",)),
        ("FROM \\\n# not the end\n\n  a \\\n  AS b\nFROM b", ("a",)),
        ("# escape=`\nFROM `\n  a\nCOPY --from=b c:\\\nCOPY --from=d /x /y", ("a", "b", "d")),
        ("# a comment first\n# escape=`\nFROM \\\n a", ("a",)),
        (HEREDOC, ("a", "b", "c")),
        ("FROM a\nRUN echo <<never\nFROM b", ("a", "b")),
        ("FROM a\nRUN echo 'x <<EOF'\nFROM b\nRUN true\nEOF", ("a", "b")),
        ("# syntax=docker/dockerfile:1\nFROM a", ("a", "docker/dockerfile:1")),
        ("#!/usr/bin/env x\n#syntax = s:1 more\nFROM a", ("a", "s:1")),
        ("# check=skip=all\n# SYNTAX=s\nFROM a", ("a", "s")),
        ("FROM a\n# syntax=s", ("a",)),
        ("\ufeff# syntax=s\r\nFROM a\r\n", ("a", "s")),
        ("", ()),
    ],
)
def test_images_are_found_and_stages_are_not(text: str, images: tuple[str, ...]) -> None:
    assert base_images(text, {}) == images


def test_a_build_argument_goes_before_the_default() -> None:
    assert base_images("ARG V=12\nFROM debian:$V", {"V": "13"}) == ("debian:13",)
    assert base_images("ARG V=12\nFROM debian:${V:-1}", {"V": ""}) == ("debian:1",)


def test_an_undeclared_build_argument_fills_nothing() -> None:
    assert base_images("FROM debian:${V:-12}", {"V": "13"}) == ("debian:12",)


def test_every_platform_has_its_own_images() -> None:
    platforms = ("linux/arm64", "linux/arm/v7")
    assert base_images("FROM a:$TARGETARCH$TARGETVARIANT", {}, platforms) == ("a:arm64", "a:armv7")


def test_a_further_context_stands_in_for_the_image_of_its_name() -> None:
    text = "FROM alpine\nCOPY --from=lib / /\nFROM docker.io/library/debian:latest\nFROM b:1"
    assert base_images(text, {}, contexts=["alpine:latest", "lib", "debian", "b"]) == ("b:1",)


def test_the_build_argument_for_the_syntax_goes_before_the_comment() -> None:
    assert base_images("# syntax=s\nFROM a", {"BUILDKIT_SYNTAX": "t"}) == ("a", "t")


STAGES = """\
ARG GLOBAL=1
FROM a AS base
ARG BASE
FROM a AS other
ARG OTHER=1
FROM a AS unneeded
ARG UNNEEDED
FROM base AS last
ARG "LAST" X=1
COPY --from=other / /
"""


@pytest.mark.parametrize(
    ("target", "declared"),
    [
        ("", {"BASE", "OTHER", "LAST", "X"}),
        ("last", {"BASE", "OTHER", "LAST", "X"}),
        ("BASE", {"BASE"}),
        ("2", {"UNNEEDED"}),
        ("gone", set()),
    ],
)
def test_arguments_of_the_stages_that_make_the_target_are_declared(
    target: str, declared: set[str]
) -> None:
    assert certainly_declared(STAGES, target, {}) == declared


def test_nothing_is_certain_where_another_image_reads_the_dockerfile() -> None:
    assert certainly_declared(f"# syntax=s\n{STAGES}", "", {}) == frozenset()
    assert certainly_declared(STAGES, "", {"BUILDKIT_SYNTAX": "s"}) == frozenset()


def test_a_stage_that_a_further_context_stands_in_for_declares_nothing() -> None:
    assert certainly_declared(STAGES, "", {}, ["base"]) == {"OTHER", "LAST", "X"}

"""Which build arguments count, where the Dockerfile alone does not make it certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from envctl.adapters.outline import Question, ask_outlines

if TYPE_CHECKING:
    from envctl.domain.service import Build

Facts = tuple[bytes, tuple[str, ...], Mapping[str, str]]
"""The Dockerfile, the platforms, and the pins of what it builds upon."""


def declared_arguments(builds: Mapping[Build, Facts]) -> dict[Build, frozenset[str] | None]:
    """Return the declared build arguments of each build, asked for at once; None for unknown."""
    asked = {build: _questions(build, *facts) for build, facts in builds.items()}
    answers = ask_outlines({q: None for questions in asked.values() for q in questions})
    return {build: _all([answers[q] for q in asked[build]]) for build in asked}


def _questions(
    build: Build, content: bytes, platforms: tuple[str, ...], pins: Mapping[str, str]
) -> list[Question]:
    """One for each platform; none where a context is not there to be asked about yet."""
    if build.extra_services or build.extra_layouts:
        return []
    return [
        Question(
            content,
            build.target,
            platform,
            build.arguments,
            build.extra_images,
            tuple(name for name, _ in build.extra_contexts),
            tuple(sorted(pins.items())),
        )
        for platform in platforms
    ]


def _all(answers: list[frozenset[str] | None]) -> frozenset[str] | None:
    known = [answer for answer in answers if answer is not None]
    return frozenset().union(*known) if known and len(known) == len(answers) else None

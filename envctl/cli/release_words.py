"""Releases, as programs and people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envctl.domain.plan import Plan
    from envctl.domain.release import Release
    from envctl.domain.stage_record import StageState
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.release import Released
    from envctl.workflows.releases import NamedRelease


def as_row(named: NamedRelease) -> dict[str, Any]:
    """Return a release as JSON has it in a list."""
    release = named.release
    return {
        "version": named.version,
        "digest": named.digest,
        "project": release.project,
        "commit": release.commit,
        "created": release.created,
        "author": release.author,
        "source": release.source,
    }


def runs_on(states: Mapping[str, StageState]) -> dict[str, list[str]]:
    """Return the stages that run a release, by its digest."""
    found: dict[str, list[str]] = {}
    for stage, state in states.items():
        if state.running:
            found.setdefault(state.running.release, []).append(stage)
    return found


def rejections(files: ProjectFiles, note: Callable[[str], None]) -> Mapping[str, str]:
    """Return which releases are rejected, and why; where that is not known it is said."""
    from envctl.errors import Refused
    from envctl.wiring.stages import ledger_look

    try:
        return ledger_look(files).rejected()
    except Refused as error:  # the releases are there, whatever is said of them
        note(error.message)
        return {}


def images(release: Release) -> list[dict[str, Any]]:
    """Return the images of a release as JSON has them, by service."""
    return [
        {
            "services": list(image.services),
            "digest": image.digest,
            "input": image.input or None,
            "origin": image.origin or None,
            "platforms": {
                p.platform: {"manifest": p.manifest, "config": p.config} for p in image.platforms
            },
        }
        for image in sorted(release.images, key=lambda image: image.services)
    ]


def as_released(released: Released, plan: Plan) -> dict[str, Any]:
    """Return a release that was made, or was there, as JSON has it."""
    from envctl.cli.words import plain_steps

    return {
        "version": released.version,
        "digest": released.digest,
        "reference": released.reference,
        "images": images(released.release),
        "steps": plain_steps(plan.steps),
    }

"""Which playground is meant: that of a checkout, or one from a release."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.config.discovery import has_project
from envctl.errors import EnvctlError, UsageError
from envctl.wiring.project_files import Choices, ProjectFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.domain.playground import Playground


def chosen(folder: Path, files: tuple[str, ...], profiles: tuple[str, ...], name: str) -> Choices:
    """Return what is meant by the options of a command that was called in `folder`.

    A playground from a release is meant by its name, and in a folder without a project where it
    was started. UsageError where several were started there.
    """
    said = Choices(folder, files, profiles, name)
    if files:
        return said
    if name:
        found = _named(name)
    else:
        found = [] if has_project(folder, files) else _started_in(os.path.realpath(folder))
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise UsageError(
            f"several playgrounds were started in {folder}: {names}",
            hint="say which one is meant: envctl --name NAME …",
        )
    return of_playground(found[0], profiles) if found else said


def checkout_of(said: Choices, note: Callable[[str], None], *, starts: bool) -> ProjectFiles | None:
    """Return the project that lies in a folder; None where there is none.

    A name that was said is that of the playground from a release, which is another one.
    """
    if not has_project(said.folder, said.files):
        return None
    return ProjectFiles(replace(said, name=""), note, starts=starts)


def of_playground(playground: Playground, profiles: tuple[str, ...] = ()) -> Choices:
    """Return the files of a playground from a release."""
    assert playground.released  # noqa: S101 - the caller has looked
    sources = playground.released.sources
    return Choices(
        Path(playground.folder),
        profiles=profiles,
        name=playground.name,
        sources=Path(sources) if sources else None,
    )


def _named(name: str) -> list[Playground]:
    from envctl.wiring import registry

    with suppress(EnvctlError):  # whoever needs the engine will say so
        known = registry().find(name)
        return [known] if known and known.released else []
    return []


def _started_in(folder: str) -> list[Playground]:
    from envctl.wiring import registry

    with suppress(EnvctlError):
        every = [one for one in registry().all() if one.released]
        return [one for one in every if one.released and folder in one.released.started_in]
    return []

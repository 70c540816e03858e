"""Run a command of the user's here, on the user's own terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import TextIO


def call(
    folder: Path,
    command: Sequence[str],
    more: Mapping[str, str],
    *,
    output: TextIO | None = None,
) -> int:
    """Run `command` in `folder` with more variables; returns its exit code.

    What it prints goes to `output`, where that is said, and not to the user's stdout.
    UsageError for a command that cannot be started: that says nothing of what it was to try.
    """
    try:
        environment = {**os.environ, **more}
        return subprocess.call([*command], cwd=folder, env=environment, stdout=output)
    except (FileNotFoundError, PermissionError) as error:
        raise _not_started(command[0], str(error.strerror)) from error


def require_program(folder: Path, command: Sequence[str]) -> None:
    """Raise UsageError where `command` cannot be started in `folder`, before anything is done."""
    name = command[0]
    if not shutil.which(str(folder / name) if "/" in name else name):
        raise _not_started(name, "there is no such program")


def _not_started(name: str, why: str) -> UsageError:
    return UsageError(
        f"{name} cannot be started: {why}",
        hint="name a program that is in PATH, or a path to one",
    )

"""Run a command of the user's here, on the user's own terminal."""

from __future__ import annotations

import os
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
        raise UsageError(
            f"{command[0]} cannot be started: {error.strerror}",
            hint="name a program that is in PATH, or a path to one",
        ) from error

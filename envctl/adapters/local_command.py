"""Run a command of the user's here, on the user's own terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from envctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def call(
    folder: Path, command: Sequence[str], more: Mapping[str, str], *, as_talk: bool = False
) -> int:
    """Run `command` in `folder` with more variables; returns its exit code.

    `as_talk` has it print on stderr, where stdout is for what envctl itself answers.
    UsageError for a command that cannot be started: that says nothing of what it was to try.
    """
    try:
        out = sys.stderr if as_talk else None
        return subprocess.call([*command], cwd=folder, env={**os.environ, **more}, stdout=out)
    except (FileNotFoundError, PermissionError) as error:
        raise UsageError(
            f"{command[0]} cannot be started: {error.strerror}",
            hint="name a program that is in PATH, or a path to one",
        ) from error

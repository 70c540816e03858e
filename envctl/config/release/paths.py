"""Judge the paths in a written Compose model: the project's, the host's, or a variable's."""

from __future__ import annotations

import re
from enum import Enum

from envctl.config.release.variables import has_variable, literal

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://")


class Whose(Enum):
    """Whom a path belongs to."""

    PROJECT = "project"
    HOST = "host"
    VARIABLE = "variable"


def whose(path: str) -> Whose:
    """Return whom `path` belongs to; an absolute path may still lead into the project.

    A variable whose default is relative is the project's: so it is for all who do not set it.
    """
    if has_variable(path):
        first = literal(path)
        return Whose.PROJECT if first.startswith(".") else Whose.VARIABLE
    absolute = path.startswith(("/", "~")) or bool(_REMOTE.match(path))
    return Whose.HOST if absolute else Whose.PROJECT

"""A report to paste into an issue, for errors that envctl did not foresee."""

from __future__ import annotations

import os
import platform
import shlex
import traceback
from typing import TYPE_CHECKING

from envctl import __version__
from envctl.domain.redaction import redact, redact_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def report(error: Exception, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return its lines; what looks like a secret is hidden."""
    frames = redact_text("".join(traceback.format_exception(error))).splitlines()
    where = " ".join((os.uname().sysname, os.uname().release, os.uname().machine))
    return (
        "--- report: please paste this into an issue ---",
        f"envctl {__version__}, Python {platform.python_version()}, {where}",
        f"command: envctl {shlex.join(redact(list(arguments)))}",
        *frames,
        "--- end of report ---",
    )

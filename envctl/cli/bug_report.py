"""A report to paste into an issue, for errors that envctl did not foresee."""

from __future__ import annotations

import platform
import shlex
import traceback
from collections.abc import Sequence

from envctl import __version__
from envctl.domain.redaction import redact, redact_text


def report(error: Exception, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return its lines; what looks like a secret is hidden."""
    frames = "".join(traceback.format_exception(error)).splitlines()
    return (
        "--- report: please paste this into an issue ---",
        f"envctl {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: envctl {shlex.join(redact(list(arguments)))}",
        *(redact_text(line) for line in frames),
        "--- end of report ---",
    )

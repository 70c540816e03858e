"""Ask the person at the terminal for what nothing else says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def asker() -> Callable[[str], str] | None:
    """Return what asks one question and returns the answer; None where nobody would see it.

    What is typed is not shown: it may be a secret.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    import getpass

    return lambda what: getpass.getpass(f"the release needs {what} (not shown): ", sys.stderr)

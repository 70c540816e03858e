"""Hand an address to the user's browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_DISPLAY = "there is no display and no BROWSER here, so no browser was opened"
NO_BROWSER = "no browser could be opened"


def show_page(url: str) -> str:
    """Hand `url` to the browser that BROWSER names, else to the desktop's.

    Returns why that could not be, empty when it was done.
    """
    if not _has_display() and not os.environ.get("BROWSER"):
        return NO_DISPLAY  # a browser for terminals would take this one over
    try:
        with _kept_quiet():
            return "" if webbrowser.open(url) else NO_BROWSER
    except webbrowser.Error:
        return NO_BROWSER


def _has_display() -> bool:
    shown = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in shown)


@contextmanager
def _kept_quiet() -> Iterator[None]:
    """Keep what a browser prints out of pipes, and let it hold none of them open."""
    sys.stdout.flush()
    sys.stderr.flush()
    with ExitStack() as restored:
        for number in (1, 2):
            if not os.isatty(number):
                kept = os.dup(number)
                restored.callback(os.close, kept)
                restored.callback(os.dup2, kept, number)
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, number)
                os.close(null)
        yield

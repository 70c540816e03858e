"""What services print, beside what `watch` says."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from envctl.errors import EnvctlError

if TYPE_CHECKING:
    from collections.abc import Collection

    from envctl.cli.watch_words import WatchScreen
    from envctl.domain.project import Project

PAUSE = 1.0
"""Seconds before an engine that has gone away is asked for output again."""


def show_logs(project: Project, services: Collection[str], screen: WatchScreen) -> None:
    """Show what `services` print from now on, until the program ends."""
    threading.Thread(target=_show, args=(project, sorted(services), screen), daemon=True).start()


def _show(project: Project, services: list[str], screen: WatchScreen) -> None:
    from envctl import wiring
    from envctl.cli.logs import line_printer

    show = line_printer(services, timestamps=False)
    since = int(time.time())
    while True:
        try:
            follower = wiring.log_follower()
            with follower.follow(project.name, services, tail=None, since=since) as lines:
                for line in lines:
                    with screen.aside():
                        show(line)
        except EnvctlError:  # told by who brings the edits; the output is there when it is back
            since = int(time.time())
            time.sleep(PAUSE)

"""Run a command of the user's in a container, on the user's own terminal."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from envctl.adapters.compose_options import NO_FILES
from envctl.adapters.process import merged
from envctl.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence


class ComposeTerminal:
    """Hands stdin, stdout and signals to Compose's `exec`."""

    def run(
        self,
        project: str,
        service: str,
        command: Sequence[str],
        *,
        index: int,
        user: str,
        tty: bool,
    ) -> int:
        """Run `command` in a running container and return its exit code."""
        words = ["docker", "compose", "--project-name", project, "exec", "--index", str(index)]
        words += [] if tty else ["--no-TTY"]
        words += ["--user", user] if user else []
        # Ctrl-C is for the command in the container, which may well survive it
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.call(
                [*words, service, *command],
                cwd="/",  # found by its labels, whatever the files say by now
                env=merged(NO_FILES),
                preexec_fn=_listen,
            )
        except FileNotFoundError as error:
            raise Unreachable("the docker command is not installed or not in PATH") from error
        finally:
            signal.signal(signal.SIGINT, former)


def _listen() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

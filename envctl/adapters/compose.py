"""Compose: changes the containers of a playground, and brings its images."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.compose_options import NO_FILES, ComposeOptions
from envctl.adapters.compose_words import require_success, words_of
from envctl.adapters.process import BackgroundRun, Command, run, stream
from envctl.adapters.registry_words import in_words
from envctl.errors import CommandFailed, Failed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envctl.ports import Launch, Reporter

CHANGE_TIMEOUT = 600.0
LAST_LINES = 30
_NO_REGISTRY = re.compile(
    r"dial tcp|connection refused|no such host|i/o timeout|network is unreachable|TLS handshake"
)


class ComposeStack:
    """Creates, replaces, starts and removes a playground's containers through Compose."""

    def __init__(self, options: ComposeOptions) -> None:
        self._options = options

    def launch(self, services: Sequence[str], *, forced: bool, ordered: bool) -> Launch:
        """Begin `up` for `services`; see the port."""
        flags = ["--detach", "--no-build", "--quiet-pull"]
        flags += ["--force-recreate"] if forced else []
        flags += [] if ordered else ["--no-deps"]
        return BackgroundRun(self._options.command("up", *flags, *services))

    def resume(self, services: Sequence[str]) -> None:
        """Continue paused containers."""
        answer = run(self._options.command("unpause", *services), timeout=CHANGE_TIMEOUT)
        require_success(answer, "resume the containers")

    def remove(self) -> None:
        """Remove containers and networks by their labels, so that broken files do not matter."""
        by_name = ComposeOptions(Path("/"), name=self._options.name)
        command = replace(by_name.command("down", "--remove-orphans"), environment=NO_FILES)
        answer = run(command, timeout=CHANGE_TIMEOUT)
        require_success(answer, "remove the playground")


class ComposeJobs:
    """Runs services once, beside what is up."""

    def __init__(self, options: ComposeOptions) -> None:
        self._options = options

    def run(self, service: str, reporter: Reporter) -> None:
        """Run a service to its end; Failed with its last lines when it does not end with 0."""
        words = ("run", "--rm", "--no-deps", "--no-TTY", "--quiet-pull", service)
        lines = [f"{service}: last lines:"]
        try:
            for line in stream(self._options.command(*words)):
                lines.append(f"  {line}")
                reporter.output(line)
        except CommandFailed as error:
            last = (lines[0], *lines[1:][-LAST_LINES:])
            said = f"the job {service} did not work: {error.message.rpartition(' ended ')[2]}"
            hint = "mend it, then run the same command again: it is run once more"
            raise Failed(f"{said}", hint=hint, details=last) from error


class ComposeImages:
    """Pulls through Compose; `tag` is the engine's own."""

    def __init__(self, options: ComposeOptions, tag: Callable[[str, str], None]) -> None:
        self._options = options
        self.tag = tag

    def pull(self, services: Sequence[str]) -> None:
        """Pull the images of `services`."""
        answer = run(self._options.command("pull", *services), timeout=None)
        if answer.code:
            raise _not_pulled(f"cannot pull the images: {words_of(answer.stderr)}")

    def fetch(self, reference: str) -> None:
        """Pull one image, with the credentials that the docker command has for its registry."""
        answer = run(Command(("docker", "pull", "--quiet", reference)), timeout=None)
        if answer.code:
            raise _not_pulled(f"cannot pull {reference}: {words_of(answer.stderr)}")


def _not_pulled(said: str) -> Exception:
    if _NO_REGISTRY.search(said):
        return Unreachable(
            in_words(said), hint="check the name and your connection to the registry"
        )
    return CommandFailed(said, hint="check the name; docker login where the registry asks for it")

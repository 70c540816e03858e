"""Compose: reads a project's files, and changes the containers of a playground."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.adapters.model_cache import Answer, ModelCache
from envctl.adapters.process import BackgroundRun, Command, run, stream
from envctl.domain.redaction import redact_text
from envctl.errors import BuildFailed, CommandFailed, ConfigurationError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envctl.adapters.process import Finished
    from envctl.ports import Launch, Reporter

# by its name alone: what these say is about files, which may be broken or gone
NO_FILES = dict.fromkeys(("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"))

READ_TIMEOUT = 60.0
CHANGE_TIMEOUT = 600.0
LAST_LINES = 30
_LOGGED = re.compile(r'^time="[^"]*" level=(?P<level>\w+) msg="(?P<text>(?:[^"\\]|\\.)*)"')
# Compose quotes the value that it cannot read, which may well be a secret
_QUOTED_VALUE = re.compile(
    r"(?P<head>unterminated quoted value |invalid interpolation format .* with another \$\. ).*"
)
_NO_REGISTRY = re.compile(
    r"dial tcp|connection refused|no such host|i/o timeout|network is unreachable|TLS handshake"
)
_NO_PLUGIN = re.compile(r"is not a docker command|unknown (shorthand )?flag|unknown command")
_NO_ENGINE = re.compile(
    r"[Cc]annot connect to the Docker daemon|error during connect|permission denied while trying"
)
# the same inputs are to give the same image ID, and an attestation carries the time of day
_NO_ATTESTATION: Mapping[str, str | None] = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


@dataclass(frozen=True)
class ComposeOptions:
    """Which project: the arguments that go before every Compose verb."""

    folder: Path
    files: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str = ""
    project_folder: str = ""

    def arguments(self) -> tuple[str, ...]:
        """Return them as Compose takes them."""
        flags = [("--file", f) for f in self.files]
        flags += [("--env-file", f) for f in self.env_files]
        flags += [("--profile", p) for p in self.profiles]
        flags += [("--project-name", self.name)] if self.name else []
        flags += [("--project-directory", self.project_folder)] if self.project_folder else []
        return tuple(word for flag in flags for word in flag)

    def command(self, *words: str, progress: str = "quiet") -> Command:
        """Return the call of a Compose verb with its arguments."""
        start = ("docker", "compose", *self.arguments(), "--progress", progress)
        return Command((*start, *words), self.folder)


class ComposeReader:
    """Asks Compose what the project's files mean."""

    def __init__(self, options: ComposeOptions, note: Callable[[str], None]) -> None:
        self._options = options
        self._note = note

    def model(self) -> dict[str, Any]:
        """Return the effective model; ConfigurationError carries Compose's own words."""
        options = self._options
        cache = ModelCache(options.folder, options.arguments(), options.files, options.env_files)
        answer = cache.find()
        if answer is None:
            # a folder that is named moves what is read, so nothing is kept
            sources = None if options.project_folder else cache.sources()
            answer = self._ask()
            cache.keep(answer, sources)
        for note in answer.notes:
            self._note(note)
        return answer.model

    def _ask(self) -> Answer:
        from envctl.adapters.compose_yaml import read_yaml

        # as YAML: in JSON, Compose leaves out the x- keys of services
        answer = run(self._options.command("config"), timeout=READ_TIMEOUT)
        if answer.code != 0:
            raise _unreadable(answer, self._options)
        logged = [match for line in answer.stderr.splitlines() if (match := _LOGGED.match(line))]
        return Answer(read_yaml(answer.stdout), tuple(_unquoted(match["text"]) for match in logged))


def _unreadable(answer: Finished, options: ComposeOptions) -> Exception:
    if missing := missing_plugin(answer, "compose"):
        return missing
    words = _words(answer.stderr) or f"exit code {answer.code}"
    if "unable to resolve docker endpoint" in words:
        return Unreachable(words, hint="docker context ls shows the contexts that there are")
    where = ", ".join(options.files) or str(options.folder)
    return ConfigurationError(f"Compose cannot read {where}: {words}")


def missing_plugin(answer: Finished, plugin: str) -> Unreachable | None:
    """Return an error when the docker command does not know `plugin`; else None."""
    if answer.code == 0 or not _NO_PLUGIN.search(answer.stderr.partition("\n")[0]):
        return None
    return Unreachable(
        f"the docker command has no {plugin!r}",
        hint=f"install the {plugin} plugin (package docker-{plugin})",
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
        _checked(answer, "resume the containers")

    def remove(self) -> None:
        """Remove containers and networks by their labels, so that broken files do not matter."""
        by_name = ComposeOptions(Path("/"), name=self._options.name)
        command = replace(by_name.command("down", "--remove-orphans"), environment=NO_FILES)
        answer = run(command, timeout=CHANGE_TIMEOUT)
        _checked(answer, "remove the playground")


class ComposeImages:
    """Pulls and builds through Compose; `tag` is the engine's own."""

    def __init__(self, options: ComposeOptions, tag: Callable[[str, str], None]) -> None:
        self._options = options
        self.tag = tag

    def pull(self, services: Sequence[str]) -> None:
        """Pull the images of `services`."""
        answer = run(self._options.command("pull", *services), timeout=None)
        if answer.code == 0:
            return
        said = f"cannot pull the images: {_words(answer.stderr)}"
        if _NO_REGISTRY.search(said):
            raise Unreachable(said, hint="check the name and your connection to the registry")
        raise CommandFailed(
            said, hint="check the name; docker login where the registry asks for it"
        )

    def build(self, services: Sequence[str], reporter: Reporter) -> None:
        """Build the images of `services` at once; BuildFailed carries the last lines."""
        command = self._options.command("build", *services, progress="plain")
        lines: list[str] = []
        try:
            for line in stream(replace(command, environment=_NO_ATTESTATION)):
                lines.append(line)
                reporter.output(line)
        except CommandFailed as error:
            last = tuple(lines[-LAST_LINES:])
            raise BuildFailed(f"cannot build {', '.join(services)}", details=last) from error


def _checked(answer: Finished, what: str) -> None:
    if answer.code == 0:
        return
    words = _words(answer.stderr)
    if _NO_ENGINE.search(words):
        raise Unreachable(words)
    raise CommandFailed(f"cannot {what}: {words}")


def _words(stderr: str) -> str:
    """Return what a tool complained about, on one line, its log format taken off."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    spoken = [_unquoted(m["text"]) if (m := _LOGGED.match(line)) else line for line in lines]
    fatal = [line for line in spoken if not line.startswith(("Container ", "Network ", "Volume "))]
    return _QUOTED_VALUE.sub(r"\g<head>********", redact_text(" ".join(fatal)))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)

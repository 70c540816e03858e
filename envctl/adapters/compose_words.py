"""What Compose says, put into our errors: on one line, without its log format, secrets hidden."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envctl.domain.redaction import redact_text
from envctl.errors import CommandFailed, ConfigurationError, Unreachable

if TYPE_CHECKING:
    from envctl.adapters.compose_options import ComposeOptions
    from envctl.adapters.process import Finished

_LOGGED = re.compile(r'^time="[^"]*" level=(?P<level>\w+) msg="(?P<text>(?:[^"\\]|\\.)*)"')
# Compose quotes the value that it cannot read, which may well be a secret
_QUOTED_VALUE = re.compile(
    r"(?P<head>unterminated quoted value |invalid interpolation format .* with another \$\. ).*"
)
# what stands before it may be called like a secret, and its words are not one
_REQUIRED = re.compile(r"(: required variable \w+ is missing a value)")
_NO_PLUGIN = re.compile(r"is not a docker command|unknown (shorthand )?flag|unknown command")
_NO_ENGINE = re.compile(
    r"[Cc]annot connect to the Docker daemon|error during connect|permission denied while trying"
)


def unreadable(answer: Finished, options: ComposeOptions) -> Exception:
    """Return the error for files that Compose cannot read."""
    if missing := missing_plugin(answer, "compose"):
        return missing
    words = words_of(answer.stderr) or f"exit code {answer.code}"
    if "unable to resolve docker endpoint" in words:
        return Unreachable(words, hint="docker context ls shows the contexts that there are")
    where = ", ".join(options.files) or str(options.folder)
    return ConfigurationError(f"Compose cannot read {where}: {words}", hint=_cure(words, options))


def _cure(words: str, options: ComposeOptions) -> str:
    """Return where to set the variable that Compose misses; empty for anything else."""
    if not (found := _REQUIRED.search(words)):
        return ""
    variable = found[0].removeprefix(": required variable ").partition(" ")[0]
    where = ", ".join(options.env_files) or ".env"
    return f"set {variable} in {where} or in the environment"


def missing_plugin(answer: Finished, plugin: str) -> Unreachable | None:
    """Return an error when the docker command does not know `plugin`; else None."""
    if answer.code == 0 or not _NO_PLUGIN.search(answer.stderr.partition("\n")[0]):
        return None
    return Unreachable(
        f"the docker command has no {plugin!r}",
        hint=f"install the {plugin} plugin (package docker-{plugin})",
    )


def require_success(answer: Finished, what: str) -> None:
    """Raise CommandFailed, or Unreachable without an engine, unless it worked."""
    if answer.code == 0:
        return
    words = words_of(answer.stderr)
    if _NO_ENGINE.search(words):
        raise Unreachable(words)
    raise CommandFailed(f"cannot {what}: {words}")


def remarks(stderr: str) -> tuple[str, ...]:
    """Return what a tool logged, each remark without its format."""
    logged = [match for line in stderr.splitlines() if (match := _LOGGED.match(line))]
    return tuple(_unquoted(match["text"]) for match in logged)


def words_of(stderr: str) -> str:
    """Return what a tool complained about, on one line, its log format taken off."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    spoken = [_unquoted(m["text"]) if (m := _LOGGED.match(line)) else line for line in lines]
    fatal = [line for line in spoken if not line.startswith(("Container ", "Network ", "Volume "))]
    return _QUOTED_VALUE.sub(r"\g<head>********", _redacted(" ".join(fatal)))


def _redacted(text: str) -> str:
    """Hide what looks like a secret, but not which variable has no value."""
    parts = _REQUIRED.split(text)
    return "".join(part if n % 2 else redact_text(part) for n, part in enumerate(parts))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)

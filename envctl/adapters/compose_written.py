"""What a project's files say before Compose fills them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.adapters.process import run

if TYPE_CHECKING:
    from envctl.adapters.compose_options import ComposeOptions

READ_TIMEOUT = 60.0


def written_model(options: ComposeOptions) -> dict[str, Any] | None:
    """Return the model before variables are filled in; None where Compose cannot print that."""
    from envctl.adapters.compose_yaml import read_yaml

    # what comes from an env_file is not written in the Compose file; older ones cannot leave it out
    for flags in (("--no-env-resolution",), ()):
        answer = run(options.command("config", "--no-interpolate", *flags), timeout=READ_TIMEOUT)
        if answer.code == 0:
            model: dict[str, Any] = read_yaml(answer.stdout)
            return model
    return None


def profiles_of(options: ComposeOptions) -> tuple[str, ...]:
    """Return every profile that the files name; none where Compose cannot tell."""
    answer = run(options.command("config", "--profiles"), timeout=READ_TIMEOUT)
    return tuple(sorted(answer.stdout.split())) if answer.code == 0 else ()

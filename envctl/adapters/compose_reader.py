"""Ask Compose what a project's files mean, or remember what it said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envctl.adapters.model_cache import Answer, ModelCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.compose_options import ComposeOptions

READ_TIMEOUT = 60.0


# what stays as it is written: variables, paths, and names that Compose would make of the project's
_AS_WRITTEN = ("--no-interpolate", "--no-normalize", "--no-path-resolution", "--format", "json")


class ComposeReader:
    """Asks Compose what the project's files mean."""

    def __init__(self, options: ComposeOptions, note: Callable[[str], None]) -> None:
        self._options = options
        self._note = note

    def model(self) -> dict[str, Any]:
        """Return the effective model; ConfigurationError carries Compose's own words."""
        return self._known_or_asked(())

    def written(self) -> dict[str, Any]:
        """Return the model with its files put together and nothing else done.

        It is the same in every clone and every environment: variables are not filled in, paths are
        relative to the folder of the first file, services of all profiles are there.
        """
        return self._known_or_asked(_AS_WRITTEN)

    def _known_or_asked(self, words: tuple[str, ...]) -> dict[str, Any]:
        options = self._options
        arguments = (*options.arguments(), *words)
        cache = ModelCache(options.folder, arguments, options.files, options.env_files)
        answer = cache.find()
        if answer is None:
            # a folder that is named moves what is read, so nothing is kept
            sources = None if options.project_folder else cache.sources()
            answer = self._ask(words)
            cache.keep(answer, sources)
        for note in answer.notes:
            self._note(note)
        return answer.model

    def _ask(self, words: tuple[str, ...]) -> Answer:
        from envctl.adapters.compose_words import remarks, unreadable
        from envctl.adapters.compose_yaml import read_yaml
        from envctl.adapters.process import run

        # as YAML: in JSON, Compose leaves out the x- keys of services, unless they are as written
        answer = run(self._options.command("config", *words), timeout=READ_TIMEOUT)
        if answer.code != 0:
            raise unreadable(answer, self._options)
        read = json.loads if words else read_yaml
        return Answer(read(answer.stdout), remarks(answer.stderr))

"""Ask Compose what a project's files mean, or remember what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envctl.adapters.model_cache import Answer, ModelCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.adapters.compose_options import ComposeOptions

READ_TIMEOUT = 60.0


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
        from envctl.adapters.compose_words import remarks, unreadable
        from envctl.adapters.compose_yaml import read_yaml
        from envctl.adapters.process import run

        # as YAML: in JSON, Compose leaves out the x- keys of services
        answer = run(self._options.command("config"), timeout=READ_TIMEOUT)
        if answer.code != 0:
            raise unreadable(answer, self._options)
        return Answer(read_yaml(answer.stdout), remarks(answer.stderr))

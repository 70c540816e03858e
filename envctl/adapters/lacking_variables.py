"""Ask Compose which variables of a definition have no value."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from envctl.adapters.compose_reader import ComposeReader
from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.adapters.compose_options import ComposeOptions

_UNSET = re.compile(r'The "?(\w+)"? variable is not set')
_REQUIRED = re.compile(r"required variable (\w+) is missing a value(?:: (.*))?$")
_PLACEHOLDER = "1"


def read_lacking(options: ComposeOptions) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the model, and all variables that have no value, each with what it is for.

    Compose names one that is required and stops: it is asked again with that one filled in.
    """
    found: dict[str, str] = {}
    while True:
        notes: list[str] = []
        filled = replace(options, environment=dict.fromkeys(found, _PLACEHOLDER))
        try:
            model = ComposeReader(filled, notes.append).model()
        except ConfigurationError as error:
            said = _REQUIRED.search(error.message)
            if said is None or said[1] in found:
                if found:  # a placeholder is no good there
                    return {}, found
                raise
            found[said[1]] = said[2] or ""
            continue
        unset = {m[1]: "" for note in notes for m in _UNSET.finditer(note)}
        return model, unset | found


def in_words(lacking: Mapping[str, str]) -> list[str]:
    """Return variables as people are told of them."""
    return sorted(f"{name} ({what})" if what else name for name, what in lacking.items())

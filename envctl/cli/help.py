"""The help of a command as text."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from envctl.cli.screen import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDEST = 80
_LONGEST_NAME = 26


def help_text(usage: str, description: str, actions: Iterable[argparse.Action]) -> str:
    """Return usage, description and tables: arguments, options, and at the root the verbs."""
    from envctl.cli.verbs import HELP, VERBS

    actions = list(actions)
    help_option, *options = [action for action in actions if action.option_strings]
    arguments = [
        action for action in actions if not action.option_strings and not _parts_of(action)
    ]
    parts_of_it = [row for action in actions for row in _parts_of(action)]
    parts = [
        textwrap.fill(f"Usage: {usage}", _width()),
        textwrap.fill(description, _width(), initial_indent="  ", subsequent_indent="  "),
        _table("Arguments", [(_name(a), a.help or "") for a in arguments]),
        _table("Options", [(_option(a), a.help or "") for a in (*options, help_option)]),
        _table("Commands", list(VERBS.items()) if description == HELP else parts_of_it),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _parts_of(action: argparse.Action) -> list[tuple[str, str]]:
    """Return the verbs of a verb, each with its line."""
    if action.nargs != argparse.PARSER or not isinstance(action.choices, Mapping):
        return []
    return [(name, parser.description or "") for name, parser in action.choices.items()]


def _table(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    indent = min(max(len(name) for name, _ in rows), _LONGEST_NAME) + 4
    lines = [
        textwrap.fill(
            text,
            _width(),
            initial_indent=f"  {name}".ljust(indent - 1) + " ",
            subsequent_indent=" " * indent,
        )
        for name, text in rows
    ]
    return "\n".join([f"{heading}:", *lines])


def _option(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(action.option_strings) + value


def _name(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())


def _width() -> int:
    """Return how wide a line may be: the terminal, but no wider than one reads with ease."""
    return max(40, min(columns(sys.stdout), WIDEST))

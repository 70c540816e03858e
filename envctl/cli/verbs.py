"""The verbs: a module each, imported when called."""

from __future__ import annotations

import importlib
from typing import Any

import typer

HELP = "Build services once, run the same images everywhere: playground, integration, production."

VERBS = {
    "up": "Build what changed, start, and wait until every service is healthy or done.",
    "down": "Remove the playground's containers and networks; its data stays.",
    "ps": "Show each service: how it is, and where it answers.",
    "logs": "Show what services printed, in the order of time.",
    "exec": "Run a command in a running service.",
    "shell": "Open a shell in a running service.",
    "config": "Show the effective Compose model, secret-like values hidden.",
    "doctor": "Check the engine, its plugins and this machine, and say what to do.",
}
"""Each verb with the first line of its help."""

_MODULES = {"exec": "execute"}


def load_verb(name: str) -> Any:
    """Return the command of the verb `name`."""
    module = importlib.import_module(f"envctl.cli.{_MODULES.get(name, name)}")
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    settings = {"help_option_names": ["-h", "--help"], **getattr(module, "CONTEXT", {})}
    app.command(name, context_settings=settings)(
        getattr(module, name if name != "exec" else "execute")
    )
    return typer.main.get_command(app)

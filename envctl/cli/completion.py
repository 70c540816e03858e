"""Complete the names of services."""

from __future__ import annotations

from pathlib import Path

import typer


def complete_services(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the services that begin with `incomplete`; none for an unreadable project."""
    from envctl import wiring
    from envctl.errors import EnvctlError

    options = ctx.parent.params if ctx.parent else {}
    choices = wiring.Choices(
        Path(options.get("directory") or ".").absolute(),
        tuple(options.get("file") or ()),
        tuple(options.get("profile") or ()),
        options.get("name") or "",
    )
    try:
        project = wiring.ProjectFiles(choices, lambda _: None).project()
    except EnvctlError:
        return []
    return [s.name for s in project.services if s.name.startswith(incomplete)]

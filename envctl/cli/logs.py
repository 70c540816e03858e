"""`envctl logs`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from envctl.cli.completion import complete_services
from envctl.cli.invocation import CommandEnded, Invocation
from envctl.cli.since import parse_since
from envctl.errors import Interrupted
from envctl.ports import LogLine

COLOURS = (
    "cyan",
    "yellow",
    "green",
    "magenta",
    "blue",
    "bright_cyan",
    "bright_yellow",
    "bright_green",
)


def logs(
    ctx: typer.Context,
    services: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SERVICE]...",
            help="Services; all when left out.",
            autocompletion=complete_services,
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    since: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help='Only what came after: "10m" ago, or "2026-05-01T12:00:00Z".'
        ),
    ] = "",
    tail: Annotated[
        int | None,
        typer.Option("--tail", "-n", min=0, help="Only the last lines of each container."),
    ] = None,
    timestamps: Annotated[
        bool, typer.Option("--timestamps", "-t", help="Show the engine's time stamps.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Show what services printed, in the order of time."""
    from envctl import wiring
    from envctl.workflows.logs import check_services
    from envctl.workflows.logs import logs as read_logs

    invocation: Invocation = ctx.obj
    start = parse_since(since, time.time())
    project = invocation.project_files().project()
    names = tuple(services or ())
    check_services(project, names)
    show = (
        _json_line
        if as_json
        else _printer([s.name for s in project.services], timestamps=timestamps)
    )
    if not follow:
        engine = wiring.engine_reader()
        lines = read_logs(engine, project, names, invocation.note, tail=tail, since=start)
        _print_all(lines, show)
        return
    with wiring.log_follower().follow(project.name, names, tail=tail, since=start) as lines:
        try:
            _print_all(lines, show)
        except KeyboardInterrupt:  # the way to leave it, nothing to talk about
            raise CommandEnded(Interrupted.exit_code) from None


def _print_all(lines: Iterable[LogLine], show: Callable[[LogLine], None]) -> None:
    for line in lines:
        show(line)


def _json_line(line: LogLine) -> None:
    import dataclasses
    import json

    print(json.dumps(dataclasses.asdict(line)), flush=True)


def _printer(services: list[str], *, timestamps: bool) -> Callable[[LogLine], None]:
    from rich.text import Text

    from envctl.cli.words import console

    out = console()
    width = max((len(name) for name in services), default=0)
    plain = not (out.is_terminal and sys.stdout.isatty()) or out.no_color

    def show(line: LogLine) -> None:
        stamp = f"{line.time} " if timestamps else ""
        head = f"{line.service:<{width}} | {stamp}"
        if plain:
            print(f"{head}{line.text}", flush=True)
            return
        place = services.index(line.service) if line.service in services else len(services)
        text = Text(head, COLOURS[place % len(COLOURS)])
        out.print(text.append_text(Text.from_ansi(line.text, style="default")), soft_wrap=True)

    return show

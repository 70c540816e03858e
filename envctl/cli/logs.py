"""`envctl logs`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from envctl.cli.arguments import whole
from envctl.cli.completion import offer_services
from envctl.cli.since import parse_since
from envctl.errors import Interrupted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from envctl.cli.invocation import Invocation
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


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `logs` takes."""
    add = parser.add_argument
    offer_services(
        add("services", metavar="SERVICE", nargs="*", help="Services; all when left out.")
    )
    add("-f", "--follow", action="store_true", help="Go on with what comes.")
    add(
        "--since",
        metavar="WHEN",
        default="",
        help='Only what came after: "10m" ago, or "2026-05-01T12:00:00Z".',
    )
    add(
        "-n",
        "--tail",
        metavar="LINES",
        type=whole(0),
        help="Only the last lines of each container.",
    )
    add("-t", "--timestamps", action="store_true", help="Show the engine's time stamps.")
    add("--json", action="store_true", help="Print a JSON object a line.")


def run(invocation: Invocation, options: argparse.Namespace) -> int | None:
    """Show what services printed, in the order of time."""
    from envctl import wiring
    from envctl.workflows.logs import check_services, logs

    start = parse_since(options.since, time.time())
    project = invocation.project_files().project()
    names, tail = tuple(options.services), options.tail
    check_services(project, names)
    show = (
        _json_line
        if options.json
        else line_printer([s.name for s in project.services], timestamps=options.timestamps)
    )
    if not options.follow:
        engine = wiring.engine_reader()
        _print_all(logs(engine, project, names, invocation.note, tail=tail, since=start), show)
        return None
    with wiring.log_follower().follow(project.name, names, tail=tail, since=start) as lines:
        try:
            _print_all(lines, show)
        except KeyboardInterrupt:  # the way to leave it, nothing to talk about
            return Interrupted.exit_code
    return None


def _print_all(lines: Iterable[LogLine], show: Callable[[LogLine], None]) -> None:
    for line in lines:
        show(line)


def _json_line(line: LogLine) -> None:
    import dataclasses
    import json

    print(json.dumps(dataclasses.asdict(line)), flush=True)


def line_printer(services: list[str], *, timestamps: bool) -> Callable[[LogLine], None]:
    """Return what prints a line, each service in a colour of its own."""
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

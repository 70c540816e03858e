"""`envctl down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `down` takes."""
    add = parser.add_argument
    add("--volumes", action="store_true", help="Remove the data too: every named volume.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Remove the playground's containers and networks; its data stays."""
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.wiring.playgrounds import remove
    from envctl.workflows.down import prepare_down

    volumes, dry_run = options.volumes, options.dry_run
    files = invocation.project_files()
    try:
        name = files.name()
    except ConfigurationError as error:
        hint = "envctl --name NAME down needs no files; docker compose ls shows the names"
        raise ConfigurationError(error.message, hint=hint) from error
    engine = wiring.engine_reader()
    if dry_run:
        plan = prepare_down(engine, name, volumes=volumes).plan
    else:
        with wiring.turn(files, invocation.note), reporting() as reporter:
            plan = remove(name, reporter, volumes=volumes)
        for volume in engine.volumes(name) if plan else ():
            invocation.note(f"kept the data in volume {volume}; --volumes removes it")
    if dry_run or options.json or not plan:
        print_plan(plan, as_json=options.json)

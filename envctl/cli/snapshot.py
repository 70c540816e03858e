"""`envctl snapshot`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from envctl.cli.arguments import SubParser, add_timeout
from envctl.cli.completion import add_services
from envctl.errors import Refused

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.domain.snapshot import Snapshot

_ACTIONS = {
    "save": "Copy the named volumes of services as they are at one moment.",
    "restore": "Bring volumes back as a snapshot has them; no other service is touched.",
    "list": "Show the snapshots of the project: what they hold, their size and age.",
    "rm": "Remove snapshots.",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `snapshot` takes."""
    actions = parser.add_subparsers(
        prog=parser.prog, parser_class=SubParser, dest="action", metavar="ACTION", required=True
    )
    ways = {
        "save": _save_arguments,
        "restore": _restore_arguments,
        "list": _list_arguments,
        "rm": _rm_arguments,
    }
    for name, line in _ACTIONS.items():
        ways[name](actions.add_parser(name, description=line, help=line))


def _save_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("snapshot", metavar="NAME", help="What to call it.")
    add_services(parser, "Services whose volumes to save; all when left out.")
    add("--replace", action="store_true", help="Replace the snapshot that has this name.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add("--json", action="store_true", help="Print JSON.")


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("snapshot", metavar="NAME", help="The snapshot.")
    add_services(parser, "Services whose volumes to restore; all that it holds when left out.")
    add("--force", action="store_true", help="Even when an image has another major version now.")
    add("--dry-run", action="store_true", help="Print the plan, change nothing.")
    add_timeout(parser)
    add("--json", action="store_true", help="Print JSON.")


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def _rm_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("snapshots", metavar="NAME", nargs="+", help="Snapshots to remove.")
    parser.add_argument("--force", action="store_true", help="Even the seed of the project.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Save the data of services, and bring it back."""
    ways = {"save": _save, "restore": _restore, "list": _list, "rm": _rm}
    ways[options.action](invocation, options)


def _save(invocation: Invocation, options: argparse.Namespace) -> None:
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_json, print_plan
    from envctl.wiring import snapshots as parts
    from envctl.workflows.snapshot import SaveRequest

    files = invocation.project_files()
    request = SaveRequest(options.snapshot, tuple(options.services), options.replace)
    if options.dry_run:
        print_plan(parts.would_save(files, request), as_json=options.json)
        return
    with reporting() as reporter:
        made = parts.save(files, request, reporter)
    if options.json:
        print_json(made)
    else:
        _print([made])


def _restore(invocation: Invocation, options: argparse.Namespace) -> None:
    from envctl import wiring
    from envctl.cli.progress import reporting
    from envctl.cli.words import print_plan
    from envctl.wiring import snapshots as parts
    from envctl.workflows.snapshot_restore import RestoreRequest

    files = invocation.project_files()
    wiring.require_tools()
    request = RestoreRequest(options.snapshot, tuple(options.services), options.force)
    dry_run, timeout = options.dry_run, options.timeout
    with reporting() as reporter:
        plan = parts.restore(files, request, reporter, dry_run=dry_run, timeout=timeout)
    if dry_run or options.json:
        print_plan(plan, as_json=options.json)


def _list(invocation: Invocation, options: argparse.Namespace) -> None:
    from envctl.cli.words import print_json
    from envctl.wiring import snapshots as parts

    found = list(parts.snapshot_reader(invocation.project_files()).all())
    if options.json:
        print_json(found)
    elif found:
        _print(found)
    else:
        invocation.note("there are no snapshots yet: envctl snapshot save NAME makes one")


def _rm(invocation: Invocation, options: argparse.Namespace) -> None:
    from envctl.wiring import snapshots as parts

    files = invocation.project_files()
    seed = files.settings.seed.snapshot
    if seed in options.snapshots and not options.force:
        raise Refused(f"{seed} is the seed of fresh playgrounds", hint="--force removes it")
    store = parts.snapshots(files)
    for name in options.snapshots:
        store.find(name)
    for name in dict.fromkeys(options.snapshots):
        store.remove(name)


def _print(snapshots: list[Snapshot]) -> None:
    from envctl.cli.words import print_table
    from envctl.domain.quantities import age, size

    now = time.time()
    print_table(
        ("NAME", "SIZE", "AGE", "VOLUMES"),
        [(s.name, size(s.size), age(now - s.created), ", ".join(_volumes(s))) for s in snapshots],
    )


def _volumes(snapshot: Snapshot) -> list[str]:
    """Return its volumes, with the versions of what used them."""
    versions = {
        volume.key: dict.fromkeys(
            f"{m.service} {m.version}".rstrip() for m in volume.mounted if m.version
        )
        for volume in snapshot.volumes
    }
    return [f"{key} ({', '.join(said)})" if said else key for key, said in versions.items()]

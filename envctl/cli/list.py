"""`envctl list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.cli.table import Cell
    from envctl.domain.overview import Row

PATIENCE = 0.2
"""Seconds that the engine may take to measure the disk, where nobody said to wait for it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `list` takes."""
    disk = parser.add_mutually_exclusive_group()
    disk.add_argument(
        "--disk", action="store_true", help="Measure the disk, however long that takes."
    )
    disk.add_argument("--no-disk", action="store_true", help="Leave out what is on the disk.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show every playground on this engine: whose it is, how it is, what it takes."""
    import time

    from envctl import wiring
    from envctl.workflows.list import list_playgrounds

    patience = None if options.disk else 0 if options.no_disk else PATIENCE
    listing = list_playgrounds(
        wiring.surveyor(), wiring.registry(), wiring.folders(), patience=patience
    )
    if not listing.measured and not options.no_disk:
        invocation.note("the engine is still measuring the disk: --disk waits for it")
    rows = [row for row in listing.rows if invocation.name in ("", row.name)]
    if options.json:
        from envctl.cli.words import print_json

        print_json([_plain(row, time.time()) for row in rows])
    elif rows:
        _print_rows(rows, time.time(), with_disk=not options.no_disk)
    else:
        named = f" {invocation.name}" if invocation.name else ""
        invocation.note(f"there is no playground{named} on this engine")


def _print_rows(rows: list[Row], now: float, *, with_disk: bool) -> None:
    from envctl.cli.words import print_table

    disk = ("DISK",) if with_disk else ()
    headings = ("NAME", "RELEASE", "CHECKOUT", "AGE", "STATE", *disk, "ADDRESS")
    table = [headings, *(_cells(row, now, with_disk=with_disk) for row in rows)]
    if not any(row.release for row in rows):
        table = [(name, *rest) for name, _, *rest in table]
    print_table(table[0], table[1:])


def _cells(row: Row, now: float, *, with_disk: bool) -> tuple[Cell, ...]:
    from envctl.cli.table import Coloured
    from envctl.domain.quantities import age, size

    disk = ("?" if row.disk is None else size(row.disk),) if with_disk else ()

    checkout = Coloured(f"{_short(row.checkout)} (gone)", "yellow") if row.gone else ""
    return (
        row.name,
        row.release,
        checkout or _short(row.checkout),
        age(now - row.created) if row.created else "",
        row.state,
        *disk,
        "  ".join(row.addresses),
    )


def _short(folder: str) -> str:
    """Paths below the home as a shell would take them."""
    import os

    home = os.environ.get("HOME", "").rstrip("/")
    below = home and folder.startswith(f"{home}/")
    return f"~{folder[len(home) :]}" if below else folder


def _plain(row: Row, now: float) -> dict[str, Any]:
    import dataclasses

    age = None if row.created is None else max(int(now - row.created), 0)
    return {**dataclasses.asdict(row), "age": age}

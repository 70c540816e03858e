"""`envctl open`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.cli.completion import offer_services

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `open` takes."""
    service = parser.add_argument(
        "service",
        metavar="SERVICE",
        nargs="?",
        default="",
        help="The service; the one that the others are there for when left out.",
    )
    offer_services(service)
    parser.add_argument("--print", action="store_true", help="Print the address, open nothing.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Open a service in the browser."""
    from envctl import wiring
    from envctl.workflows.open import find_address

    project = invocation.project_files().project()
    address = find_address(wiring.engine_reader(), project, options.service)
    print(address, flush=True)
    if not options.print and (trouble := wiring.show_page(address)):
        invocation.note(trouble)

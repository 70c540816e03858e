"""`envctl reject`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `reject` takes."""
    add = parser.add_argument
    add("release", metavar="RELEASE", help="A version, the beginning of a digest, or latest.")
    add(
        "--reason",
        metavar="TEXT",
        required=True,
        help="Why, always needed; it shows wherever the release is refused.",
    )


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Reject a release for good: no stage takes it from now on."""
    from envctl.domain.stage_record import Event, Kind
    from envctl.wiring import stages
    from envctl.wiring.registries import shelf

    files = invocation.project_files()
    named = shelf(files).find(options.release)
    ledger = stages.ledger(files)
    if named.digest in ledger.rejected():
        invocation.note(f"nothing to do: {named.version} is rejected already")
        return
    ledger.reject(Event(Kind.REJECTED, named.digest, named.version, reason=options.reason))
    running = [
        name
        for name, state in ledger.states(s.name for s in files.settings.stages).items()
        if state.running and state.running.release == named.digest
    ]
    for stage in running:
        invocation.note(f"{stage} runs it still: envctl rollback {stage}")

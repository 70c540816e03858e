"""`envctl verify`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from envctl.cli.completion import add_stages

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from envctl.cli.invocation import Invocation
    from envctl.workflows.verify import Verified


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `verify` takes."""
    what = "Stages to look at and to compare; all that run something when left out."
    add_stages(parser, what)
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Prove from running containers that stages run the images of their releases."""
    from envctl.cli.words import print_json
    from envctl.wiring.stage_looks import verified
    from envctl.wiring.stages import stage_of
    from envctl.workflows.verify import settings_between

    files = invocation.project_files()
    wanted = [stage_of(files, name) for name in options.stages]
    found = verified(files, wanted, invocation.note)
    differences = [(one, two, settings_between(one, two)) for one, two in itertools.pairwise(found)]
    same = len({one.proof.release for one in found}) < 2
    if options.json:
        print_json(_as_json(found, differences, same=same))
    else:
        _print(found, differences)
    holds = all(one.proof.holds for one in found)
    return 0 if holds and (same or not options.stages) else 1


def _print(
    found: Sequence[Verified], differences: Sequence[tuple[Verified, Verified, tuple[str, ...]]]
) -> None:
    for one in found:
        proof = one.proof
        count = len(proof.images)
        said = f"{count} containers run its images" if proof.holds else "DIFFERS"
        print(f"{proof.stage}: {proof.version} ({proof.release[:19]}): {said}")
        for line in proof.complaints:
            print(f"  {line}")
    for a, b, places in differences:
        same = a.proof.release == b.proof.release
        what = "the same release, the same image digests" if same else "different releases"
        print(f"{a.proof.stage} and {b.proof.stage}: {what}")
        if same:
            print(f"  settings that differ: {', '.join(places) or 'none'}")


def _as_json(
    found: Sequence[Verified],
    differences: Sequence[tuple[Verified, Verified, tuple[str, ...]]],
    *,
    same: bool,
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "holds": all(one.proof.holds for one in found),
        "same_release": same,
        "stages": [asdict(one.proof) | {"holds": one.proof.holds} for one in found],
        "settings": [
            {"stages": [a.proof.stage, b.proof.stage], "differ": places}
            for a, b, places in differences
        ],
    }

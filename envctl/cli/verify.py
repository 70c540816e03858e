"""`envctl verify`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from envctl.cli.completion import add_stages

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from envctl.cli.invocation import Invocation
    from envctl.domain.released import Released
    from envctl.domain.verification import StageProof, Verdict
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.verify import Verified


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `verify` takes."""
    what = (
        "Stages that have to run one release; when left out, all, each its own, or the playground "
        "from a release that is meant."
    )
    add_stages(parser, what)
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> int:
    """Prove from running containers that stages run the images of their releases."""
    from envctl.cli.words import print_json
    from envctl.domain.verification import Verdict
    from envctl.wiring.released import released_as
    from envctl.wiring.stage_looks import verified
    from envctl.wiring.stages import stage_of
    from envctl.workflows.verify import settings_between

    files = invocation.project_files()
    released = released_as(files)
    if released and not options.stages:
        return _run_here(files, released, as_json=options.json)
    wanted = [stage_of(files, name) for name in options.stages]
    found = verified(files, wanted, invocation.note)
    differences = [(one, two, settings_between(one, two)) for one, two in itertools.pairwise(found)]
    verdict = Verdict([one.proof for one in found], compared=bool(options.stages))
    if options.json:
        print_json(_as_json(verdict, differences))
    else:
        _print(found, differences)
    return 0 if verdict.holds else 1


def _run_here(files: ProjectFiles, released: Released, *, as_json: bool) -> int:
    """Prove that a playground runs what the stage runs that it came from."""
    from dataclasses import asdict

    from envctl.cli.words import print_json
    from envctl.wiring.released import verified_here

    proof = verified_here(files, released)
    if as_json:
        print_json({"holds": proof.holds, "from": released.origin, "playground": asdict(proof)})
    else:
        _print_proof(proof)
        if proof.holds and released.stage:
            print(f"{proof.stage} and {released.stage}: the same release, the same image digests")
    return 0 if proof.holds else 1


def _print(
    found: Sequence[Verified], differences: Sequence[tuple[Verified, Verified, tuple[str, ...]]]
) -> None:
    for one in found:
        _print_proof(one.proof)
    for a, b, places in differences:
        same = a.proof.release == b.proof.release
        what = "the same release, the same image digests" if same else "different releases"
        print(f"{a.proof.stage} and {b.proof.stage}: {what}")
        if same:
            print(f"  settings that differ: {', '.join(places) or 'none'}")


def _print_proof(proof: StageProof) -> None:
    count = len(proof.images)
    said = f"{count} containers run its images" if proof.holds else "DIFFERS"
    print(f"{proof.stage}: {proof.version} ({proof.release[:19]}): {said}")
    for line in proof.complaints:
        print(f"  {line}")


def _as_json(
    verdict: Verdict, differences: Sequence[tuple[Verified, Verified, tuple[str, ...]]]
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "holds": verdict.holds,
        "same_release": verdict.same_release,
        "stages": [asdict(proof) | {"holds": proof.holds} for proof in verdict.proofs],
        "settings": [
            {"stages": [a.proof.stage, b.proof.stage], "differ": places}
            for a, b, places in differences
        ],
    }

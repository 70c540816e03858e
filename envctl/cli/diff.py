"""`envctl diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.wiring.project_files import ProjectFiles


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `diff` takes."""
    what = "A version, the beginning of a digest, latest, or a stage: what it runs."
    parser.add_argument("before", metavar="RELEASE", help=what)
    parser.add_argument("after", metavar="RELEASE", help="The one to compare it with.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")


def run(invocation: Invocation, options: argparse.Namespace) -> None:
    """Show what differs between two releases: images, commit, Compose definition."""
    from envctl.wiring.registries import shelf
    from envctl.wiring.stages import named_release

    files = invocation.project_files()
    said = (options.before, options.after)
    difference = shelf(files).compared(*(named_release(files, one) for one in said))
    settings = _settings(invocation, files, said)
    if options.json:
        from dataclasses import asdict

        from envctl.cli.words import print_json

        print_json(asdict(difference) | {"settings": settings})
        return
    if not difference and not settings:
        invocation.note("nothing differs")
    for line in difference.lines():
        print(line)
    if settings:
        print(f"settings that differ: {', '.join(settings)}")


def _settings(
    invocation: Invocation, files: ProjectFiles, said: tuple[str, str]
) -> tuple[str, ...]:
    """Return the places at which the settings differ, where both are stages."""
    stages = {stage.name: stage for stage in files.settings.stages}
    if not stages.keys() >= set(said) or len(set(said)) == 1:
        return ()
    from envctl.wiring.stage_looks import verified
    from envctl.workflows.verify import settings_between

    one, two = verified(files, [stages[name] for name in said], invocation.note)
    return settings_between(one, two)

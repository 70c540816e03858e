"""`envctl up --from`: a playground that runs a release, or what a stage runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envctl.cli.completion import offer_services, offer_stages
from envctl.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from envctl.cli.invocation import Invocation
    from envctl.wiring.filling import Filling
    from envctl.wiring.project_files import ProjectFiles


def add_from(parser: argparse.ArgumentParser) -> None:
    """Add the options of a playground from a release."""
    add = parser.add_argument
    origin = add(
        "--from",
        metavar="RELEASE",
        dest="origin",
        help="Run a release, unbuilt: STAGE (what it runs now) or RELEASE of this project, or "
        "REGISTRY/PROJECT@STAGE or REGISTRY/PROJECT:RELEASE anywhere.",
    )
    offer_stages(origin)
    own = add(
        "--with",
        metavar="SERVICE",
        action="append",
        default=[],
        dest="own",
        help="With --from: this service as it is here; may be given again.",
    )
    offer_services(own)
    add_env_files(parser)
    add(
        "--allow-host",
        action="store_true",
        help="With --from: run it even if it asks for what is this machine's.",
    )


def add_env_files(parser: argparse.ArgumentParser) -> None:
    """Add the option of every verb that runs a release with settings of one's own."""
    parser.add_argument(
        "--env-file",
        metavar="FILE",
        action="append",
        default=[],
        help="Settings for the release, NAME=value lines; may be given again.",
    )


def require_from(options: argparse.Namespace) -> None:
    """Raise UsageError for options that mean nothing without --from."""
    said = {
        "--with": options.own,
        "--env-file": options.env_file,
        "--allow-host": options.allow_host,
    }
    for name, value in said.items():
        if value and options.origin is None:
            raise UsageError(f"{name} goes with --from", hint="envctl up --from STAGE …")


def filling(invocation: Invocation, env_files: list[str]) -> Filling:
    """Return what the person gives; UsageError for a file that is not there."""
    from envctl.cli.questions import asker
    from envctl.wiring.filling import Filling

    paths = tuple(invocation.folder / file for file in env_files)
    for path in paths:
        if not path.is_file():
            raise UsageError(f"--env-file: there is no file {path}")
    return Filling(paths, asker(), invocation.folder)


def laid(invocation: Invocation, options: argparse.Namespace) -> ProjectFiles:
    """Return the playground that --from means, its files written."""
    from envctl.wiring.released import Wanted, lay, source_of

    here = _checkout(invocation, options)
    source = source_of(options.origin, here)
    wanted = Wanted(
        source.chosen(),
        name=invocation.name,
        started_in=os.path.realpath(invocation.folder),
        filling=filling(invocation, options.env_file),
        allow_host=options.allow_host,
        own=tuple(dict.fromkeys(options.own)),
        here=here,
    )
    return lay(source, wanted, invocation.note, dry_run=options.dry_run)


def _checkout(invocation: Invocation, options: argparse.Namespace) -> ProjectFiles | None:
    """Return the project that lies here, where it is needed."""
    if "/" in options.origin and not options.own:
        return None
    here = invocation.checkout()
    if options.own and here is None:
        raise UsageError(
            "--with takes services of a checkout, and there is no project here",
            hint="change to the project's folder",
        )
    return here

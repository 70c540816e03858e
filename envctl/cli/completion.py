"""Complete verbs, options and the names of services when a shell asks, by argcomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from envctl.wiring.project_files import ProjectFiles


def add_services(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add the argument of every verb that is for some services, or for all."""
    offer_services(parser.add_argument("services", metavar="SERVICE", nargs="*", help=meaning))


def offer_services(services: argparse.Action) -> None:
    """Let the names of services be completed for this argument."""
    services.completer = _named_services  # type: ignore[attr-defined]


def add_stage(parser: argparse.ArgumentParser) -> None:
    """Add the argument of every verb that is for one stage."""
    what = "The stage, as in envctl.toml."
    offer_stages(parser.add_argument("stage", metavar="STAGE", help=what))


def add_stages(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add the argument of every verb that is for some stages, or for all."""
    offer_stages(parser.add_argument("stages", metavar="STAGE", nargs="*", help=meaning))


def offer_stages(stages: argparse.Action) -> None:
    """Let the names of stages be completed for this argument or option."""
    stages.completer = _named_stages  # type: ignore[attr-defined]


def complete() -> None:
    """Answer the shell that asks through the environment, and end."""
    import argcomplete

    argcomplete.autocomplete(whole_parser(), always_complete_options=False)


def script(shell: str) -> str:
    """Return what `shell` has to evaluate to complete our commands."""
    from argcomplete.shell_integration import shellcode

    return f"{shellcode(['envctl'], shell=shell)}\n"


def whole_parser() -> argparse.ArgumentParser:
    """Return a parser that knows every verb."""
    from envctl.cli.arguments import Parser
    from envctl.cli.root import root_parser
    from envctl.cli.verbs import VERBS, load_verb

    root = root_parser()
    verbs = root.add_subparsers(prog="envctl", parser_class=Parser)
    for name, line in VERBS.items():
        load_verb(name).arguments(verbs.add_parser(name, description=line, help=line))
    return root


def _named_services(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    return complete_services(prefix, parsed_args)


def _named_stages(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from envctl.errors import EnvctlError

    try:
        stages = _project(parsed_args).settings.stages
    except EnvctlError:
        return []
    return [stage.name for stage in stages if stage.name.startswith(prefix)]


def complete_services(prefix: str, options: argparse.Namespace) -> list[str]:
    """Return the services that begin with `prefix`; none for an unreadable project."""
    from envctl.errors import EnvctlError

    try:
        project = _project(options).project()
    except EnvctlError:
        return []
    return [s.name for s in project.services if s.name.startswith(prefix)]


def _project(options: argparse.Namespace) -> ProjectFiles:
    from pathlib import Path

    from envctl.wiring.chosen import chosen
    from envctl.wiring.project_files import ProjectFiles

    choices = chosen(
        Path(options.directory).absolute(),
        tuple(options.file),
        tuple(options.profile),
        options.name,
    )
    return ProjectFiles(choices, lambda _: None)

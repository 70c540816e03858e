"""The options before the verb."""

from __future__ import annotations

import argparse

from envctl import __version__
from envctl.cli.arguments import Parser, Show
from envctl.cli.verbs import HELP

SHELLS = ("bash", "zsh", "fish")


def root_parser() -> Parser:
    """Return a parser of the options that hold for every verb."""
    parser = Parser("envctl", HELP)
    add = parser.add_argument
    add("-C", "--directory", metavar="DIR", default=".", help="Run as if started in DIR.")
    add(
        "-f",
        "--file",
        metavar="FILE",
        action="append",
        default=[],
        help="A Compose file; several are merged. Instead of envctl.toml.",
    )
    add("--profile", metavar="NAME", action="append", default=[], help="A Compose profile to use.")
    add("--name", metavar="NAME", default="", help="The playground's name.")
    add("-v", "--verbose", action="store_true", help="Show the commands that are called.")
    add("--version", action=Show, show=_version, help="Show the version and exit.")
    add(
        "--completion",
        action=Show,
        show=_completion,
        nargs=None,
        metavar="SHELL",
        choices=SHELLS,
        help="Print what makes bash, zsh or fish complete commands.",
    )
    return parser


def call_parser() -> Parser:
    """Return the root parser with all that stands from the verb on, verbatim, as `call`."""
    parser = root_parser()
    parser.usage = "envctl [OPTIONS] COMMAND [ARGUMENT...]"
    parser.add_argument("call", metavar="COMMAND", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _version(_: str) -> str:
    return f"envctl {__version__}\n"


def _completion(shell: str) -> str:
    from envctl.cli.completion import script

    return script(shell)

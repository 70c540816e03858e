"""The verbs: a module each, imported when called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import argparse

    from envctl.cli.arguments import Parser
    from envctl.cli.invocation import Invocation

HELP = "Build services once, run the same images everywhere: playground, integration, production."

VERBS = {
    "init": "Write a commented envctl.toml, and say what the Compose files could do better.",
    "build": "Build what is missing; what is here is used, what the registry has is pulled.",
    "lock": "Write down which images exactly the project builds upon and runs.",
    "explain": "Tell why an image is, or is not, built again, down to the differing file.",
    "release": "Build or reuse the images of this commit, and put the release into the registry.",
    "releases": "List the project's releases, the newest commit first.",
    "show": "Show what is in a release, or write it as files that any Compose runs.",
    "diff": "Show what differs between two releases: images, commit, Compose definition.",
    "bisect": "Find the first bad release by running a command against few of them, unbuilt.",
    "status": "Show what runs on each stage, whether it is well, and what may come next.",
    "promote": "Say which release a stage is to run, where the one-way rule allows it.",
    "deploy": "Bring the release that was promoted into service on a stage, all of it or nothing.",
    "rollback": "Bring back what a stage ran before, with its settings; nothing is pulled.",
    "verify": "Prove that stages run their releases, and list the settings that differ.",
    "check": "Run a test against a stage, and record its result for the release that runs there.",
    "rehearse": "Try a deploy and its rollback here: what a stage will do, before it does it.",
    "history": "Show what happened to a stage: when, what, who, why, and how it ended.",
    "reject": "Reject a release for good: no stage takes it from now on.",
    "unlock": "Take the lock of a stage from a command that hangs; the history says so.",
    "ledger": "Mend the ledger of a stage, the record of its history, where it is damaged.",
    "up": "Build what changed, start, and wait until every service is healthy or done.",
    "watch": "Start the playground, and bring every edit into its containers at once.",
    "down": "Remove the playground's containers and networks; its data stays.",
    "reset": "Make the playground new: remove it with its data, and start again.",
    "ps": "Show each service: how it is, and where it answers.",
    "logs": "Show what services printed, in the order of time.",
    "exec": "Run a command in a running service.",
    "shell": "Open a shell in a running service.",
    "snapshot": "Save the data of services, and bring it back.",
    "config": "Show the effective Compose model, secret-like values hidden.",
    "list": "Show every playground on this engine: whose it is, how it is, what it takes.",
    "prune": "Remove playgrounds whose folder is gone, or that were not used for long.",
    "open": "Open a service in the browser.",
    "doctor": "Check the engine, this machine and the project, and say what to do.",
}
"""Each verb with the first line of its help."""

_MODULES = {"exec": "execute"}


class Verb(Protocol):
    """What a verb's module has."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its arguments and options."""

    def run(self, invocation: Invocation, options: argparse.Namespace) -> int | None:
        """Do it; returns the exit code, None for 0."""


def load_verb(name: str) -> Verb:
    """Return the module of the verb `name`."""
    module: Any = importlib.import_module(f"envctl.cli.{_MODULES.get(name, name)}")
    verb: Verb = module
    return verb


def verb_parser(name: str, verb: Verb) -> Parser:
    """Return the parser for what stands after the verb `name`."""
    from envctl.cli.arguments import Parser

    parser = Parser(f"envctl {name}", VERBS[name])
    verb.arguments(parser)
    return parser

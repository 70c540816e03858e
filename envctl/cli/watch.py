"""`envctl watch`."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from envctl.cli.arguments import add_timeout
from envctl.cli.completion import add_services
from envctl.errors import BuildFailed, EnvctlError, Interrupted, Unhealthy

if TYPE_CHECKING:
    import argparse

    from envctl.adapters.watch.tree import FolderTree
    from envctl.cli.invocation import Invocation
    from envctl.cli.watch_words import WatchScreen
    from envctl.domain.watch.interest import Interest
    from envctl.domain.watch.rule import WatchRule
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.watch import Watch


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `watch` takes."""
    add = parser.add_argument
    add_services(parser, "Services to start, with what they need, and to watch; all when left out.")
    add("--logs", action="store_true", help="Show what the watched services print, too.")
    add("--dry-run", action="store_true", help="Print the plan and the rules, change nothing.")
    add_timeout(parser)


def run(invocation: Invocation, options: argparse.Namespace) -> int | None:
    """Start the playground, and keep its containers as the files are; until Ctrl-C."""
    from envctl import wiring

    options.build, options.json = False, False
    files = invocation.project_files()
    wiring.require_tools()
    return watch(files, options)


def watch(files: ProjectFiles, options: argparse.Namespace) -> int | None:
    """Do what `up` does, and watch; `options` are those of `up`, with `logs`."""
    from envctl.cli.up import bring_up
    from envctl.cli.words import print_plan
    from envctl.wiring.watch import watch_rules, watched_tree

    for name in options.services:
        files.project().service(name)
    rules = watch_rules(files, tuple(options.services), files.note)
    if options.dry_run:
        print_plan(bring_up(options, files).plan, as_json=False)
        print(*rules, sep="\n")
        return None
    interest, tree = watched_tree(files, rules)
    bell = threading.Event()
    with ExitStack() as held:
        held.callback(tree.close)
        tree.start(bell.set)  # before anything is built: what is saved meanwhile counts
        _start(options, files)
        try:
            _go_on(files, rules, interest, tree, bell, options)
        except KeyboardInterrupt:  # the way to leave it, nothing to talk about
            return Interrupted.exit_code
    return None


def _start(options: argparse.Namespace, files: ProjectFiles) -> None:
    """Do what `up` does; a service that does not get well may do so by an edit."""
    from envctl.cli.running import print_running
    from envctl.cli.up import bring_up
    from envctl.cli.words import error_lines

    try:
        print_running(bring_up(options, files).running, as_json=False)
    except Unhealthy as error:
        print(*error_lines(error), sep="\n", file=sys.stderr)


def _go_on(
    files: ProjectFiles,
    rules: tuple[WatchRule, ...],
    interest: Interest,
    tree: FolderTree,
    bell: threading.Event,
    options: argparse.Namespace,
) -> None:
    from envctl.cli.watch_words import WatchScreen
    from envctl.wiring.watch import watching

    screen = WatchScreen()
    with ExitStack() as held:
        held.callback(screen.close)
        _say_what(tree, rules, screen)
        work = held.enter_context(watching(files, interest, tree, screen, bell))
        if options.logs:
            from envctl.cli.watch_logs import show_logs

            show_logs(files.project(), {rule.service for rule in rules}, screen)
        while True:
            _rebuild(files, work, screen, options.timeout)


def _say_what(tree: FolderTree, rules: tuple[WatchRule, ...], screen: WatchScreen) -> None:
    services = sorted({rule.service for rule in rules})
    count = tree.folders()
    folders = "1 folder" if count == 1 else f"{count} folders"
    screen.plain(f"watching {folders} for {', '.join(services)}; Ctrl-C ends it")


def _rebuild(files: ProjectFiles, work: Watch, screen: WatchScreen, timeout: float | None) -> None:
    """Wait for services that are to be rebuilt, and do it; a failure is told, and that is all."""
    from envctl import wiring
    from envctl.cli.watch_words import RebuildLines
    from envctl.wiring.watch import rebuild

    services = work.next_rebuild()
    try:
        lines = RebuildLines(screen)
        if not rebuild(files, wiring.engine_reader(), services, lines, timeout):
            screen.plain(f"{', '.join(services)}: nothing to rebuild")
    except EnvctlError as error:
        for line in (*error.details, f"error: {error.message}"):
            screen.plain(line)
        kept = "as before; " if isinstance(error, BuildFailed) else ""
        screen.plain(f"{', '.join(services)}: {kept}the next change builds again")
    finally:
        work.built()

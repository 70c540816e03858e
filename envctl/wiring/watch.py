"""Hands out what `watch` works with."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.domain.watch.interest import Interest, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from envctl.adapters.watch.tree import FolderTree, FolderWatcher
    from envctl.domain.ignore import IgnoreMatcher
    from envctl.domain.project import Project
    from envctl.domain.watch.rule import WatchRule
    from envctl.ports import EngineReader, Reporter
    from envctl.ports.watch import WatchReporter
    from envctl.wiring.project_files import ProjectFiles
    from envctl.workflows.watch import Watch


def watch_rules(
    files: ProjectFiles, services: tuple[str, ...], note: Callable[[str], None]
) -> tuple[WatchRule, ...]:
    """Return the rules of `services`, of all for none; ConfigurationError where there are none."""
    from envctl.config.watch_rules import parse_watch_rules

    return parse_watch_rules(files.model(), services, note)


def watched_tree(files: ProjectFiles, rules: tuple[WatchRule, ...]) -> tuple[Interest, FolderTree]:
    """Return what the rules are about, and its folders, not yet watched."""
    from envctl.adapters.watch.tree import FolderTree

    project = files.project()
    interest = Interest(_scope(rule, project) for rule in rules)
    interest.lead_from(str(files.folder.resolve()))
    return interest, FolderTree(interest, folder_watcher())


def folder_watcher() -> Callable[[Callable[[], None]], FolderWatcher]:
    """Return what tells of folders on this system."""
    if sys.platform == "linux":
        from envctl.adapters.watch.inotify import InotifyFolders

        return InotifyFolders
    from envctl.adapters.watch.observer import ObservedFolders

    return ObservedFolders


def _scope(rule: WatchRule, project: Project) -> Scope:
    build = project.service(rule.service).build
    if build is None or build.remote:
        return Scope(rule)
    context = Path(build.context).resolve()  # as Compose has resolved the rule's path
    return Scope(rule, str(context), _ignored(context, build.dockerfile, inline=build.inline))


def _ignored(context: Path, dockerfile: str, *, inline: str) -> IgnoreMatcher:
    from envctl.adapters.ignore_file import ignore_rules

    return ignore_rules(context, None if inline else context / dockerfile)


@contextmanager
def watching(
    files: ProjectFiles, interest: Interest, tree: FolderTree, reporter: WatchReporter,
    bell: threading.Event,
) -> Iterator[Watch]:  # fmt: skip
    """Watch, with a tree that has started, for as long as the block lasts.

    Steps are taken in a thread of their own, so that this one can build. What that thread ends
    with is raised by whoever asks for the next rebuild.
    """
    from envctl.adapters.engine_http import EngineHttp
    from envctl.adapters.watch.container_files import EngineFiles
    from envctl.adapters.watch.disk import FileReader
    from envctl.adapters.watch.feed import EngineFeed
    from envctl.adapters.watch.worker import ThreadWorker
    from envctl.wiring import memory
    from envctl.workflows.watch import Surroundings, Watch

    clock = SleepAwareClock()
    around = Surroundings(
        tree=tree,
        feed=EngineFeed(EngineHttp(), files.name(), lambda error: watch.fail(error)),  # noqa: PLW0108 - made below
        connect=lambda: EngineFiles(EngineHttp()),
        disk=FileReader(),
        marks=memory(files.name()),
        hire=lambda work: ThreadWorker(work, lambda error: watch.fail(error)),  # noqa: PLW0108 - made below
        reporter=reporter,
        clock=clock,
    )
    watch = Watch(interest, files.project(), around, bell.set)
    ended = threading.Event()

    def run() -> None:
        try:
            while not ended.is_set():
                bell.wait(watch.step(clock.monotonic()))
                bell.clear()
        except Exception as error:  # noqa: BLE001 - raised by who asks for the next rebuild
            watch.fail(error)

    watch.begin()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        ended.set()
        bell.set()
        thread.join()
        watch.close()


def rebuild(
    files: ProjectFiles,
    engine: EngineReader,
    services: tuple[str, ...],
    reporter: Reporter,
    timeout: float | None,
) -> bool:
    """Build `services` anew and replace their containers; returns whether there was a reason."""
    from envctl import wiring
    from envctl.workflows import rebuild as workflow

    settler = wiring.settler(files, engine, reporter, timeout)
    with wiring.turn(files, reporter.note):
        return workflow.rebuild(
            wiring.senses(files, engine),
            files,
            wiring.deciding(files, dry_run=False),
            services,
            settler,
            lambda: wiring.executor(files, settler),
        )


class SleepAwareClock:
    """The steady clock, and how long the machine has slept, during which that stands still."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()

    def slept(self) -> float:
        """Return how many seconds the machine has slept in all."""
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return (time.clock_gettime(boot) if boot is not None else time.time()) - time.monotonic()

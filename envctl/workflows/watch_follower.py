"""What has to follow an edit in one container: hooks and restarts, beside the next edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.watch.orders import NOTHING_AFTER, After
from envctl.errors import CommandFailed, EnvctlError, Unreachable
from envctl.ports.watch import Gone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.domain.observed import Container
    from envctl.domain.watch.rule import Hook
    from envctl.workflows.watch_tools import Tools

STOPPED = (0, 137, 143)
"""Exit codes of what was told to end; another one is that of a crash."""


@dataclass(frozen=True)
class Seen:
    """The container was seen like this; `anew` says that news of it may have been missed."""

    container: Container
    anew: bool = False


class Follower:
    """Runs hooks in what runs; restarts what runs or has crashed, but not what was stopped.

    A service that `completes` has not been stopped when it has ended well: it runs once more.
    """

    def __init__(self, container: Container, tools: Tools, *, completes: bool) -> None:
        self._container, self._tools, self._completes = container, tools, completes
        self._files = tools.connect()
        self._own_starts = {container.started_at}
        self._after = NOTHING_AFTER
        self._complaint = ""

    def work(self, messages: Sequence[After | Seen]) -> bool:
        """Do what there is to do, each thing once; returns whether it has worked."""
        for message in messages:
            if isinstance(message, After):
                self._after |= message
            else:
                self._see(message)
        after, self._after = self._after, NOTHING_AFTER
        try:
            self._follow(after)
        except Gone:
            raise
        except EnvctlError as error:
            self._after |= After(restart=after.restart)
            self._complain(error)
            return False
        self._complaint = ""
        return True

    def _see(self, seen: Seen) -> None:
        """Have a container compared that somebody else has started, or that was out of sight."""
        self._container = container = seen.container
        if container.started_at not in self._own_starts or seen.anew:
            self._own_starts = {container.started_at}
            self._tools.doubted(container)

    def _follow(self, after: After) -> None:
        if self._container.state == "running":
            for hook in after.hooks:
                self._run(hook)
        if after.restart and self._may_restart():
            container, tools = self._container, self._tools
            began = tools.clock.monotonic()
            started = self._files.restart(container.id)
            self._own_starts.add(started)
            self._container = replace(container, state="running", started_at=started)
            took = tools.clock.monotonic() - began
            tools.reporter.did(container.service, "restarted", took)
            tools.restarted(container.service)

    def _may_restart(self) -> bool:
        state, code = self._container.state, self._container.exit_code
        ended = code not in STOPPED or (code == 0 and self._completes)
        return state in ("running", "restarting") or (state == "exited" and ended)

    def _run(self, hook: Hook) -> None:
        service, tools, words = self._container.service, self._tools, " ".join(hook.command)
        began = tools.clock.monotonic()
        try:
            code, said = self._files.run(self._container.id, hook)
        except Gone:
            raise
        except CommandFailed as error:
            tools.reporter.trouble(service, f"{words} cannot be run: {error.message}")
            return
        if code:
            last = (said.strip().splitlines() or [""])[-1]
            tools.reporter.trouble(service, f"{words} ended with exit code {code}: {last}")
        else:
            tools.reporter.did(service, f"{words} has run", tools.clock.monotonic() - began)

    def _complain(self, error: EnvctlError) -> None:
        said = error.message
        if said != self._complaint and not isinstance(error, Unreachable):
            self._tools.reporter.trouble(self._container.name, f"{said}; it is tried again")
        self._complaint = said

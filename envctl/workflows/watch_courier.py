"""Bring edits into one container: what is ordered meanwhile waits, and goes together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from envctl.domain.watch.orders import Order, goes_from
from envctl.domain.watch.pending import Pending
from envctl.domain.watch.stamp import Kind
from envctl.errors import CommandFailed, EnvctlError, Failed, Unreachable
from envctl.ports.watch import Blocked, Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from envctl.domain.observed import Container
    from envctl.domain.watch.orders import After, Put, Removal
    from envctl.domain.watch.rule import Hook
    from envctl.ports.watch import (
        ContainerFiles,
        Content,
        DiskReader,
        Marks,
        WatchClock,
        WatchReporter,
    )

MANY = 100
"""So many removals are carried out without asking first whether there is anything."""
STOPPED = (0, 137, 143)
"""Exit codes of what has ended by itself or was told to; another one is that of a crash."""


@dataclass(frozen=True)
class Tools:
    """What couriers share; each has a connection of its own, made by `connect`."""

    connect: Callable[[], ContainerFiles]
    disk: DiskReader
    marks: Marks
    reporter: WatchReporter
    clock: WatchClock
    restarted: Callable[[str], None]
    doubted: Callable[[Container], None]


@dataclass(frozen=True)
class Do:
    """Carry `order` out; `since` is when its first file was saved."""

    order: Order
    since: float


@dataclass(frozen=True)
class Match:
    """Carry out that of `order` in which the container differs from the disk."""

    order: Order
    since: float


@dataclass(frozen=True)
class Seen:
    """The container was seen like this; `anew` is a reason to try again what has failed."""

    container: Container
    anew: bool = False


Message = Do | Match | Seen


class Courier:
    """Brings edits into one container; belongs to one worker.

    An order that cannot be carried out is kept, and tried again together with later ones.
    """

    def __init__(self, container: Container, tools: Tools) -> None:
        self.container, self._tools = container, tools
        self._files = tools.connect()
        self._pending, self._unsure = Pending(container.service), Pending(container.service)
        self._since: float | None = None
        self._keys: dict[str, bytes] = {}
        self._own_starts = {container.started_at}
        self._marked = False
        self._complaint = ""

    def work(self, messages: Sequence[Message]) -> bool:
        """Do what there is to do; returns whether it has worked. Gone: there is no container."""
        for message in messages:
            if isinstance(message, Seen):
                self._see(message)
            else:
                kept = self._pending if isinstance(message, Do) else self._unsure
                kept.add(message.order)
                self._since = min(message.since, self._since or message.since)
        try:
            if self._unsure:
                self._pending.add_before(self._differing())
                self._unsure.take()
            self._deliver()
        except Gone:
            raise
        except (EnvctlError, OSError) as error:
            self._complain(error)
            return False
        self._complaint = ""
        return True

    def _see(self, seen: Seen) -> None:
        """Have a container compared that somebody else has started, or that was out of sight."""
        self.container = container = seen.container
        if container.started_at not in self._own_starts or seen.anew:
            self._own_starts = {container.started_at}
            self._tools.doubted(container)

    def _deliver(self) -> None:
        order, since = self._pending.take(), self._since or 0.0
        try:
            after = self._bring(order, since)
        except Gone:
            raise
        except (EnvctlError, OSError):
            self._pending.add_before(order)
            raise
        self._since = None
        try:
            self._follow(after)
        except Unreachable:
            self._pending.add_before(Order(order.service, after=after))
            raise

    def _differing(self) -> Order:
        """Return that of what is unsure which the container needs, and forget what it had."""
        order = self._unsure.copy()
        container, files = self.container.id, self._files
        self._keys.clear()
        targets = files.differing(container, order.puts) if order.puts else ()
        there = order.removals
        if len(there) <= MANY:  # to remove what is not there is quicker than to ask for more
            there = tuple(r for r in there if files.kind(container, r.target) is not None)
        puts = tuple(put for put in order.puts if put.target in targets)
        return Order(order.service, puts, there, order.after)

    def _bring(self, order: Order, since: float) -> After:
        """Do what `order` says, and return what has to follow."""
        done: list[Put | Removal] = [*self._remove(order.removals)]
        done += self._put(order.puts)
        after = order.after
        for one in done:
            after |= one.after
        if done:
            tools, targets = self._tools, [one.target for one in done]
            tools.reporter.synced(order.service, targets, tools.clock.monotonic() - since)
        return after

    def _remove(self, removals: Sequence[Removal]) -> list[Removal]:
        """Remove what is named, less what rules leave out; returns what there was to do.

        A link goes before what is below it, which may have been a folder: that is elsewhere now.
        """
        targets: dict[str, None] = {}
        done = []
        self._forget({removal.target for removal in removals})
        for removal in sorted(removals, key=lambda r: r.target):
            if named := self._named(removal) if removal.folder else [removal.target]:
                targets |= dict.fromkeys(named)
                done.append(removal)
        if targets:
            self._mark()
            self._files.remove(self.container.id, list(targets))
        return done

    def _named(self, removal: Removal) -> list[str]:
        """Return what of a folder goes; nothing where the container has none."""
        container, files, target = self.container.id, self._files, removal.target
        kind = files.kind(container, target)
        if kind is not Kind.FOLDER:
            return [target] if kind else []
        names = files.names(container, target)
        left = goes_from(names, lambda name: removal.scope.ignores(f"{removal.source}/{name}"))
        return [target] if left is None else [f"{target}/{name}" for name in left]

    def _forget(self, targets: Collection[str]) -> None:
        """Have what was sent to `targets`, or below them, sent anew when it comes again."""
        for key in list(self._keys):
            path = key
            while path and path not in targets:
                path = path.rpartition("/")[0]
            if path:
                del self._keys[key]

    def _put(self, puts: tuple[Put, ...]) -> list[Put]:
        """Send what the container does not have from us already; returns what was sent."""
        try:
            return self._send(puts)
        except Blocked:
            return self._send(self._with_room(puts))

    def _send(self, puts: tuple[Put, ...]) -> list[Put]:
        sent: list[tuple[Put, Content]] = []
        contents = self._contents(puts, sent)
        if (first := next(contents, None)) is None:
            return []
        self._mark()
        try:
            self._files.put(self.container.id, chain([first], contents))
        except (EnvctlError, OSError):
            self._forget({put.target for put, _ in sent})  # some may have arrived all the same
            raise
        self._keys |= {put.target: content.key for put, content in sent}
        return [put for put, _ in sent]

    def _contents(
        self, puts: tuple[Put, ...], sent: list[tuple[Put, Content]]
    ) -> Iterator[tuple[str, Content]]:
        for put in puts:
            try:
                content = self._tools.disk.read(put.source)
            except OSError as error:
                self._tools.reporter.trouble(put.source, f"cannot be read: {error.strerror}")
                continue
            if content and not (content.key and self._keys.get(put.target) == content.key):
                sent.append((put, content))
                yield put.target, content

    def _with_room(self, puts: tuple[Put, ...]) -> tuple[Put, ...]:
        """Remove what is of another kind than what comes; returns what can be sent then.

        A folder that a container has elsewhere, behind a link of its own, stays there. So does one
        at a place that a rule names for a file.
        """
        return tuple(put for put in puts if self._has_room(put))

    def _has_room(self, put: Put) -> bool:
        container, files = self.container.id, self._files
        content, there = self._tools.disk.read(put.source), files.kind(container, put.target)
        if not content or not there:
            return True
        if (there is Kind.FOLDER) is (content.kind is Kind.FOLDER):
            return True
        if content.kind is Kind.FOLDER and files.kind(container, f"{put.target}/.") is Kind.FOLDER:
            return False
        if put.named:
            raise Failed(
                f"{put.target} is a folder in the container, and {put.source} a file",
                hint=f"let the target of the rule end with a slash: {put.target}/",
            )
        files.remove(container, [put.target])
        self._forget({put.target})
        return True

    def _follow(self, after: After) -> None:
        """Run hooks in what runs; restart what runs or has crashed, but not what was stopped."""
        container, tools = self.container, self._tools
        if container.state == "running":
            for hook in after.hooks:
                self._run_hook(hook)
        crashed = container.state == "exited" and container.exit_code not in STOPPED
        if after.restart and (crashed or container.state in ("running", "restarting")):
            began = tools.clock.monotonic()
            self._own_starts.add(self._files.restart(container.id))
            took = tools.clock.monotonic() - began
            tools.reporter.did(container.service, "restarted", took)
            tools.restarted(container.service)

    def _run_hook(self, hook: Hook) -> None:
        service, tools, words = self.container.service, self._tools, " ".join(hook.command)
        began = tools.clock.monotonic()
        try:
            code, said = self._files.run(self.container.id, hook)
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

    def _mark(self) -> None:
        if not self._marked:
            self._tools.marks.mark_edited(self.container.id)
            self._marked = True

    def _complain(self, error: EnvctlError | OSError) -> None:
        """Say what does not work, once; that an engine is away is told by who hears of it."""
        said = str(error)
        if isinstance(error, EnvctlError) and error.hint != error.help:
            said += f" ({error.hint})"
        if said != self._complaint and not isinstance(error, Unreachable):
            self._tools.reporter.trouble(self.container.name, f"{said}; it is tried again")
        self._complaint = said

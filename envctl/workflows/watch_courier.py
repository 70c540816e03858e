"""Bring edits into one container: what is ordered meanwhile waits, and goes together."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from envctl.domain.watch.orders import Order, Put, Removal, goes_from
from envctl.domain.watch.pending import Pending
from envctl.domain.watch.reach import Reach
from envctl.domain.watch.stamp import Kind
from envctl.errors import CommandFailed, EnvctlError, Failed, Unreachable
from envctl.ports.watch import Blocked, Gone
from envctl.workflows.watch_tools import Do

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from envctl.domain.observed import Container
    from envctl.domain.watch.orders import After
    from envctl.ports.watch import Content
    from envctl.workflows.watch_tools import Match, Tools

Part = TypeVar("Part", Put, Removal)
MANY = 100
"""So many removals are carried out without asking first whether there is anything."""
MOST_REFUSED = 10
"""So many files are refused one by one; what comes after waits with them."""


class Courier:
    """Brings edits into one container; belongs to one worker.

    What cannot be carried out is kept, and tried again; it does not keep anything else from going.
    `follow` is told what has to follow what was brought.
    """

    def __init__(self, container: Container, tools: Tools, follow: Callable[[After], None]) -> None:
        self._container, self._tools, self._follow = container, tools, follow
        self._files, self._reach = tools.connect(), Reach(container.mounts)
        self._pending, self._unsure = Pending(container.service), Pending(container.service)
        self._since: float | None = None
        self._keys: dict[str, bytes] = {}
        self._marked = False
        self._refused: list[Put | Removal] = []
        self._complaints: dict[str, None] = {}
        self._told: set[str] = set()
        self._noted: set[str] = set()

    def work(self, messages: Sequence[Do | Match]) -> bool:
        """Do what there is to do; returns whether all has worked. Gone: there is no container."""
        for message in messages:
            kept = self._pending if isinstance(message, Do) else self._unsure
            kept.add(message.order)
            self._since = min(message.since, self._since or message.since)
        self._refused, self._complaints = [], {}
        try:
            if self._unsure:
                self._pending.add_before(self._differing())
                self._unsure.take()
            self._deliver()
        except Gone:
            raise
        except (EnvctlError, OSError) as error:
            self._complain(error)
        return self._tell()

    def _deliver(self) -> None:
        order = self._pending.take()
        try:
            after = self._bring(order)
        except Gone:
            raise
        except (EnvctlError, OSError):
            self._pending.add_before(order)
            raise
        self._since = None
        if after:
            self._follow(after)

    def _differing(self) -> Order:
        """Return that of what is unsure which the container needs, and forget what it had."""
        order = self._unsure.copy()
        container, files = self._container.id, self._files
        self._keys.clear()
        puts, there = self._reached(order.puts), self._reached(order.removals)
        targets = files.differing(container, puts) if puts else ()
        if len(there) <= MANY:  # to remove what is not there is quicker than to ask for more
            there = [r for r in there if files.kind(container, r.target) is not None]
        needed = tuple(put for put in puts if put.target in targets)
        return Order(order.service, needed, tuple(there), order.after)

    def _bring(self, order: Order) -> After:
        """Do what `order` says, and return what has to follow."""
        done: list[Put | Removal] = [*self._remove(self._reached(order.removals))]
        done += self._put(self._reached(order.puts))
        if self._refused:
            puts = tuple(one for one in self._refused if isinstance(one, Put))
            removals = tuple(one for one in self._refused if isinstance(one, Removal))
            self._pending.add_before(Order(order.service, puts, removals))
        after = order.after
        for one in done:
            after |= one.after
        if done:
            tools, targets = self._tools, [one.target for one in done]
            took = tools.clock.monotonic() - (self._since or 0.0)
            tools.reporter.synced(order.service, targets, took)
        return after

    def _reached(self, parts: Iterable[Part]) -> list[Part]:
        """Return what can be brought; of the rest is said once why not."""
        found = []
        for part in parts:
            if not (why := self._reach.why_not(part.target)):
                found.append(part)
            elif why not in self._noted:
                self._noted.add(why)
                self._tools.reporter.trouble(self._container.name, f"{why}; it is not synced")
        return found

    def _remove(self, removals: Sequence[Removal]) -> list[Removal]:
        """Remove what is named and nothing else; returns what there was to do.

        Single files go first: what is left in folders then decides what becomes of them.
        """
        self._forget({removal.target for removal in removals})
        alone = {r.target: r for r in removals if not r.folder and self._is_due(r)}
        done = self._taken(alone, whole=False)
        some: dict[str, Removal] = {}
        whole: dict[str, Removal] = {}
        for removal in removals:
            if removal.folder:
                single, all_in = self._named(removal)
                some |= dict.fromkeys(single, removal)
                whole |= dict.fromkeys(all_in, removal)
        done |= self._taken(some, whole=False) | self._taken(whole, whole=True)
        return list(done.values())

    def _taken(self, targets: Mapping[str, Removal], *, whole: bool) -> dict[str, Removal]:
        """Remove `targets`; returns the removals that this was for."""
        if not targets:
            return {}
        self._mark()
        left = self._files.remove(self._container.id, list(targets), whole=whole)
        for target in left:
            self._refuse(targets[target], CommandFailed(f"{target} cannot be removed"))
        return {r.target: r for target, r in targets.items() if target not in left}

    def _is_due(self, removal: Removal) -> bool:
        """Whether there is no file at its source again, which would only take the place."""
        content = self._tools.disk.read(removal.source)
        mounted = self._reach.is_mounted(removal.target)
        return not mounted and (content is None or content.kind is Kind.FOLDER)

    def _named(self, removal: Removal) -> tuple[list[str], list[str]]:
        """Return what of a folder goes: files and empty folders, and folders with all in them."""
        container, files, target = self._container.id, self._files, removal.target
        kind = files.kind(container, target)
        if kind is not Kind.FOLDER:
            return ([target] if kind and self._is_due(removal) else []), []
        names = files.names(container, target)
        known = {n for n in removal.inside if not self._reach.is_mounted(f"{target}/{n}")}
        left = goes_from(names, known)
        if left is not None:
            return [], [f"{target}/{name}" for name in left]
        return ([], []) if self._reach.is_mounted(target) else ([], [target])

    def _forget(self, targets: Collection[str]) -> None:
        """Have what was sent to `targets`, or below them, sent anew when it comes again."""
        for key in list(self._keys):
            path = key
            while path and path not in targets:
                path = path.rpartition("/")[0]
            if path:
                del self._keys[key]

    def _put(self, puts: Sequence[Put]) -> list[Put]:
        """Send what the container does not have from us already; returns what was sent.

        What is refused is found by halving, so that the rest arrives.
        """
        if len(self._refused) >= MOST_REFUSED:
            self._refused += puts
            return []
        try:
            return self._send(puts)
        except (Gone, Unreachable):
            raise
        except Failed as error:
            if len(puts) > 1:
                middle = len(puts) // 2
                return self._put(puts[:middle]) + self._put(puts[middle:])
            return self._put_alone(puts[0], error)

    def _put_alone(self, put: Put, error: Failed) -> list[Put]:
        try:
            if isinstance(error, Blocked):
                return self._send([put]) if self._makes_room(put) else []
        except (Gone, Unreachable):
            raise
        except Failed as other:
            error = other
        self._refuse(put, error)
        return []

    def _send(self, puts: Sequence[Put]) -> list[Put]:
        sent: list[tuple[Put, Content]] = []
        contents = self._contents(puts, sent)
        if (first := next(contents, None)) is None:
            return []
        self._mark()
        try:
            self._files.put(self._container.id, chain([first], contents))
        except (EnvctlError, OSError):
            self._forget({put.target for put, _ in sent})  # some may have arrived all the same
            raise
        self._keys |= {put.target: content.key for put, content in sent}
        return [put for put, _ in sent]

    def _contents(
        self, puts: Sequence[Put], sent: list[tuple[Put, Content]]
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

    def _makes_room(self, put: Put) -> bool:
        """Remove what is in the way; False where a folder is behind a link of the container's own.

        A folder that has something in it which never came from here is not removed: Failed.
        """
        container, files = self._container.id, self._files
        content, there = self._tools.disk.read(put.source), files.kind(container, put.target)
        if not content or not there:
            return True
        if content.kind is Kind.FOLDER:
            if files.kind(container, f"{put.target}/.") is Kind.FOLDER:
                return False
            return not files.remove(container, [put.target], whole=False)
        hint = f"let the target of the rule end with a slash: {put.target}/" if put.named else ""
        if not put.named:
            files.remove(container, [put.target], whole=False)
        if files.kind(container, put.target) is Kind.FOLDER:
            said = f"{put.target} is a folder in the container, and {put.source} a {content.kind}"
            raise Failed(said, hint=hint)
        return True

    def _mark(self) -> None:
        if not self._marked:
            self._tools.marks.mark_edited(self._container.id)
            self._marked = True

    def _refuse(self, part: Put | Removal, error: EnvctlError) -> None:
        self._refused.append(part)
        self._complain(error)

    def _complain(self, error: EnvctlError | OSError) -> None:
        said = str(error)
        if isinstance(error, EnvctlError) and error.hint != error.help:
            said += f" ({error.hint})"
        self._complaints[said] = None
        if isinstance(error, Unreachable):  # told by who hears of it
            self._told.add(said)

    def _tell(self) -> bool:
        """Say what does not work, once for as long as it does not; returns whether all does."""
        for said in self._complaints:
            if said not in self._told:
                self._tools.reporter.trouble(self._container.name, f"{said}; it is tried again")
        self._told = {*self._complaints}
        return not self._complaints

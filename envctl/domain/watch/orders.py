"""What changes on disk mean for services: files to bring and take away, restarts, rebuilds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.domain.watch.rule import WatchAction
from envctl.domain.watch.stamp import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envctl.domain.watch.interest import Interest, Scope
    from envctl.domain.watch.rule import Hook
    from envctl.domain.watch.stamp import Change, Stamp


@dataclass(frozen=True)
class After:
    """What has to follow where something was another in a container: hooks first."""

    hooks: tuple[Hook, ...] = ()
    restart: bool = False

    def __or__(self, other: After) -> After:
        """Return both, each hook once."""
        hooks = tuple(dict.fromkeys((*self.hooks, *other.hooks)))
        return After(hooks, self.restart or other.restart)

    def __bool__(self) -> bool:
        return bool(self.hooks or self.restart)


NOTHING_AFTER = After()


@dataclass(frozen=True)
class Put:
    """The file, folder or link at `source` belongs at `target` in the containers of a service.

    `named` is a file that its rule names itself, and so its place.
    """

    target: str
    source: str
    after: After = NOTHING_AFTER
    named: bool = False


@dataclass(frozen=True)
class Removal:
    """What is at `target` goes, since nothing is at `source` any more, or something else is.

    Of a folder, what `scope` leaves out stays.
    """

    target: str
    source: str
    scope: Scope = field(repr=False, compare=False)
    folder: bool = False
    after: After = NOTHING_AFTER


@dataclass(frozen=True)
class Order:
    """What is to be done with the containers of a service: removals, then puts.

    What is `after` them is done whether or not they made a difference.
    """

    service: str
    puts: tuple[Put, ...] = ()
    removals: tuple[Removal, ...] = ()
    after: After = NOTHING_AFTER

    def __bool__(self) -> bool:
        return bool(self.puts or self.removals or self.after)

    def __str__(self) -> str:
        lines = [f"remove {r.target}{'/' if r.folder else ''}" for r in self.removals]
        lines += [f"put {put.target}" for put in self.puts]
        after = self.after
        for each in (*[r.after for r in self.removals], *[p.after for p in self.puts]):
            after |= each
        lines += [f"run {' '.join(hook.command)}" for hook in after.hooks]
        lines += ["restart"] if after.restart else []
        return "\n".join(f"{self.service}: {line}" for line in lines)


@dataclass(frozen=True)
class Orders:
    """What a batch of changes asks for; `synced` are the paths that services have copies of."""

    orders: tuple[Order, ...] = ()
    rebuilds: tuple[str, ...] = ()
    synced: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "\n".join([*map(str, self.orders), *(f"rebuild {name}" for name in self.rebuilds)])


def orders(interest: Interest, changes: Iterable[Change]) -> Orders:
    """Return what `changes` ask for by all rules, services in the order of their names."""
    drafts: dict[str, _Draft] = {}
    rebuilds: set[str] = set()
    synced: list[tuple[str, str]] = []
    for change in sorted(changes, key=lambda c: c.path):
        for scope in interest.matching(change.path):
            service = scope.rule.service
            if scope.rule.action is WatchAction.REBUILD:
                rebuilds.add(service)
                continue
            drafts.setdefault(service, _Draft()).take(scope, change)
            if scope.rule.action.syncs:
                synced.append((service, change.path))
    made = (draft.order(service) for service, draft in sorted(drafts.items()))
    return Orders(tuple(o for o in made if o), tuple(sorted(rebuilds)), tuple(synced))


def order_to_match(
    scopes: Iterable[Scope], paths: Iterable[str], known: Mapping[str, Stamp], service: str
) -> Order:
    """Return what brings `paths` of a service up to what is `known` of the disk; syncs only."""
    draft = _Draft()
    syncing = [s for s in scopes if s.rule.service == service and s.rule.action.syncs]
    for path in sorted(paths):
        for scope in syncing:
            if scope.holds(path) and scope.matches(path) and not _is_behind(path, known, scope):
                draft.bring(scope, path, known.get(path))
    return draft.order(service)


def _is_behind(path: str, known: Mapping[str, Stamp], scope: Scope) -> bool:
    """Whether there is a link or a file where `path` once had a folder: there is no such path.

    What a link leads to may well have something by that name, which is to stay.
    """
    above = path.rpartition("/")[0]
    while scope.holds(above) and above != scope.root:
        if (stamp := known.get(above)) and stamp.kind is not Kind.FOLDER:
            return True
        above = above.rpartition("/")[0]
    return False


def goes_from(names: Sequence[str], is_left_out: Callable[[str], bool]) -> tuple[str, ...] | None:
    """Return what goes from a folder of a container that has to go, less what is left out.

    `names` are all paths in it. None stands for the folder as a whole; else folders that hold
    nothing that is left out go as wholes.
    """
    held = set()
    for name in names:
        path = name if is_left_out(name) else ""
        while path:
            held.add(path)
            path = path.rpartition("/")[0]
    if not held:
        return None
    free = (name for name in sorted(names) if name not in held)
    return tuple(name for name in free if "/" not in name or name.rpartition("/")[0] in held)


class _Draft:
    """An order that is being made."""

    def __init__(self) -> None:
        self._puts: dict[str, Put] = {}
        self._removals: dict[str, Removal] = {}
        self._gone: set[tuple[int, str]] = set()
        self._after = NOTHING_AFTER

    def take(self, scope: Scope, change: Change) -> None:
        """Add what a change asks for by one rule; what is above a path has to come before it."""
        if not scope.rule.action.syncs:
            self._after |= _after(scope)
            return
        before, after = change.before, change.after
        was_folder = before is not None and before.kind is Kind.FOLDER
        if before and (after is None or was_folder is not (after.kind is Kind.FOLDER)):
            self._remove(scope, change.path, was_folder=was_folder)
        if after:
            self._put(scope, change.path, after)

    def bring(self, scope: Scope, path: str, now: Stamp | None) -> None:
        """Add what makes `path` what it is now, whatever a container has there."""
        if now:
            self._put(scope, path, now)
        else:
            self._remove(scope, path, was_folder=True)

    def order(self, service: str) -> Order:
        return Order(
            service, tuple(self._puts.values()), tuple(self._removals.values()), self._after
        )

    def _put(self, scope: Scope, path: str, now: Stamp) -> None:
        named = path == scope.root
        if not (named and now.kind is Kind.FOLDER):
            target = scope.target(path)
            self._puts[target] = Put(target, path, _after(scope), named)

    def _remove(self, scope: Scope, path: str, *, was_folder: bool) -> None:
        """What goes with its folder need not be named; what a rule's folder goes to stays."""
        if was_folder and path == scope.root:
            return
        if (id(scope), path.rpartition("/")[0]) not in self._gone:
            target = scope.target(path)
            self._removals[target] = Removal(target, path, scope, was_folder, _after(scope))
        if was_folder:
            self._gone.add((id(scope), path))


def _after(scope: Scope) -> After:
    rule = scope.rule
    return After((rule.hook,) if rule.hook else (), rule.action.restarts)

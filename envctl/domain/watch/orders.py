"""What changes on disk mean for services: files to bring and take away, restarts, rebuilds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.domain.watch.rule import WatchAction
from envctl.domain.watch.stamp import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
    """What was at `source` goes from `target`, since nothing is there any more, or something else.

    `folder` says that it was one, and `inside` what was known to be in it, relative to it: only
    that goes, and the folder where nothing else is in it.
    """

    target: str
    source: str
    folder: bool = False
    after: After = NOTHING_AFTER
    inside: frozenset[str] = frozenset()


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
            if not (scope.holds(path) and scope.matches(path)):
                continue
            if front := _in_front(path, known, scope):
                draft.clear(scope, front, path)
            else:
                draft.bring(scope, path, known.get(path))
    return draft.order(service)


def _in_front(path: str, known: Mapping[str, Stamp], scope: Scope) -> str:
    """Return the link or file that is now where `path` once had a folder; empty for none."""
    above = path.rpartition("/")[0]
    while scope.holds(above) and above != scope.root:
        if (stamp := known.get(above)) and stamp.kind is not Kind.FOLDER:
            return above
        above = above.rpartition("/")[0]
    return ""


def goes_from(names: Sequence[str], known: Collection[str]) -> tuple[str, ...] | None:
    """Return what goes from a folder of a container: what is `known` of all `names` in it.

    None stands for the folder as a whole; else folders of which all is known go as wholes.
    """
    held = set()
    for name in names:
        path = name if name not in known else ""
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
        self._tops: dict[tuple[int, str], str] = {}
        self._inside: dict[str, set[str]] = {}
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
            self._remove(scope, path, was_folder=False)

    def clear(self, scope: Scope, folder: str, path: str) -> None:
        """Add that a folder which is one no more goes, with `path` in it, where there still is one.

        What a link leads to may well have something by that name, which is to stay.
        """
        top = scope.target(folder)
        self._removals.setdefault(top, Removal(top, folder, folder=True, after=_after(scope)))
        self._inside.setdefault(top, set()).add(scope.target(path)[len(top) + 1 :])

    def order(self, service: str) -> Order:
        removals = (
            replace(r, folder=True, inside=frozenset(self._inside[r.target]))
            if r.target in self._inside
            else r
            for r in self._removals.values()
        )
        return Order(service, tuple(self._puts.values()), tuple(removals), self._after)

    def _put(self, scope: Scope, path: str, now: Stamp) -> None:
        named = path == scope.root
        if not (named and now.kind is Kind.FOLDER):
            target = scope.target(path)
            self._puts[target] = Put(target, path, _after(scope), named)

    def _remove(self, scope: Scope, path: str, *, was_folder: bool) -> None:
        """What was in a folder that goes is named with it; what a rule's folder goes to stays."""
        if was_folder and path == scope.root:
            return
        above, target = (id(scope), path.rpartition("/")[0]), scope.target(path)
        if top := self._tops.get(above):
            self._inside.setdefault(top, set()).add(target[len(top) + 1 :])
        else:
            top = target
            self._removals[target] = Removal(target, path, was_folder, _after(scope))
        self._tops[id(scope), path] = top


def _after(scope: Scope) -> After:
    rule = scope.rule
    return After((rule.hook,) if rule.hook else (), rule.action.restarts)

"""`lock`: which images exactly are meant, written down once for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envctl.domain.lock import LOCK_FILE, is_pinned, new_lock
from envctl.errors import Failed, ProblemsFound, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envctl.domain.lock import Change, Look, Pin
    from envctl.domain.project import Project
    from envctl.ports.building import Bases, ImageFinder, LockStore


@dataclass(frozen=True)
class Locker:
    """What it takes to lock images; `note` tells the user what is worth knowing."""

    store: LockStore
    bases: Bases
    finder: ImageFinder
    note: Callable[[str], None]

    def lock(self, projects: Iterable[Project], *, update: bool = False) -> tuple[Change, ...]:
        """Lock what is not locked yet, with `update` all anew; drop what nothing uses.

        Failed names the images that are nowhere to be found; then nothing is written.
        """
        wanted, former = self.wanted(projects), self.store.read()
        open_names = [n for n in wanted if update or n not in former.pins]
        looks = self.finder.find(open_names)
        self._require_found(open_names, looks)
        for look in looks.values():
            if look.said:
                self.note(look.said)
        now, changes = new_lock(former, wanted, _pins(looks))
        if changes or not self.store.exists():
            self.store.write(now)
        return changes

    def check(self, projects: Iterable[Project]) -> tuple[Change, ...]:
        """Return what `lock --update` would change; Unreachable when that cannot be told."""
        wanted, locked = self.wanted(projects), self.store.read()
        looks = self.finder.find(wanted)
        _, changes = new_lock(locked, wanted, _pins(looks))
        missing = [n for n in wanted if n not in locked.pins and looks[n].pin is None]
        unsure = [look.said for look in looks.values() if look.unsure]
        if missing or (unsure and not changes):
            said = [looks[n].said for n in missing] or unsure
            raise Unreachable(
                f"cannot compare {LOCK_FILE} with the registries", details=tuple(said)
            )
        return changes

    def wanted(self, projects: Iterable[Project]) -> tuple[str, ...]:
        """Return the names that belong into the lock, sorted."""
        names: set[str] = set()
        for project in projects:
            built = [s.name for s in project.services if s.build]
            made = {s.image for s in project.services if s.build}
            names |= {n for of in self.bases.bases(project, built).values() for n in of}
            names |= {s.image for s in project.services if s.image not in made}
        return tuple(sorted(name for name in names if not is_pinned(name)))

    def _require_found(self, names: Sequence[str], looks: Mapping[str, Look]) -> None:
        lost = [name for name in names if looks[name].pin is None]
        if not lost:
            return
        kind = Unreachable if any(looks[n].unsure for n in lost) else Failed
        raise kind(
            f"cannot find {', '.join(lost)}",
            details=tuple(looks[name].said for name in lost),
            hint="check the names and the connection; docker login where a registry asks for it",
        )


def require_no_drift(changes: Sequence[Change]) -> None:
    """Raise ProblemsFound when the lock is not what it would be if it were written now."""
    if changes:
        raise ProblemsFound(
            f"{LOCK_FILE} is not up to date",
            details=tuple(map(str, changes)),
            hint="envctl lock writes what is missing, envctl lock --update takes what is new",
        )


def _pins(looks: Mapping[str, Look]) -> dict[str, Pin]:
    return {name: look.pin for name, look in looks.items() if look.pin}

"""Hands out what a bisect runs releases in: a playground of its own, new for each."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from envctl.domain.playground import Checkout, Owner, as_name
from envctl.domain.readiness import has_lost_a_port
from envctl.errors import CommandFailed, ConfigurationError, Failed, Refused, Unhealthy
from envctl.wiring.playgrounds import BringUp, bring_up, remove
from envctl.wiring.released import Wanted, lay, source_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from envctl.domain.commit import LoggedCommit
    from envctl.ports import Reporter
    from envctl.wiring.filling import Filling
    from envctl.wiring.project_files import ProjectFiles
    from envctl.wiring.released import Source
    from envctl.workflows.bisect_row import ReleaseRow
    from envctl.workflows.releases import NamedRelease
    from envctl.workflows.up import Running


def bisected(said: str, stage: str, files: ProjectFiles | None) -> Source:
    """Return the releases that are meant: those of the project at an address, or of the checkout.

    With `stage`, what is run is its definition.
    """
    from envctl.domain.origin import Origin, parse_project

    return source_at(parse_project(said, stage) if said else Origin(stage=stage), files)


def release_row(source: Source) -> ReleaseRow:
    """Return them in a row."""
    from envctl.workflows.bisect_row import ReleaseRow

    return ReleaseRow(source.shelf, source.ledger, source.origin.stage)


@contextmanager
def own_playground(project: str) -> Iterator[str]:
    """Have a playground's name for oneself, as long as it lasts.

    What a bisect left under it that was killed goes first, nothing else.
    """
    from envctl.adapters.lock_file import seized
    from envctl.wiring import registry

    known = registry()
    known.folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        name = f"{as_name(project)}-bisect{f'-{number}' if number > 1 else ''}"
        path = known.path(name, "bisect")
        with seized(path) as is_ours:
            if is_ours and _may_be_had(name):
                try:
                    yield name
                finally:
                    path.unlink(missing_ok=True)
                return


def _may_be_had(name: str) -> bool:
    """Whether a playground is one that this envctl laid, or there is nothing of it at all."""
    from envctl.adapters.name_owner import NameOwners
    from envctl.wiring import engine_reader, registry
    from envctl.workflows.down import prepare_down

    home = os.path.realpath(registry().released_folder(name))
    owner = NameOwners(registry(), Checkout(home)).seen(name)
    if owner is not Owner.NOBODY:
        return owner is Owner.MINE
    try:
        return not prepare_down(engine_reader(), name, volumes=True).plan
    except Refused:  # there is a volume, and somebody else uses it
        return False


@dataclass(frozen=True)
class Stand:
    """Runs one release at a time in the playground `name`, and leaves nothing of it."""

    source: Source
    name: str
    filling: Filling
    timeout: float | None
    allow_host: bool
    reporting: Callable[[], AbstractContextManager[Reporter]]
    note: Callable[[str], None]

    @contextmanager
    def __call__(self, named: NamedRelease) -> Iterator[Mapping[str, str]]:
        """Bring a release up with fresh data; yields where its services answer."""
        with ExitStack() as held:
            self._clear()
            held.callback(self._clear)
            yield self._started_at_last(named)

    def _started_at_last(self, named: NamedRelease) -> Mapping[str, str]:
        """Start it once more, elsewhere, where it lost a port: that says nothing of a release."""
        try:
            return self._started(named)
        except Unhealthy as error:
            if not has_lost_a_port(error.message):
                raise
        self._clear()
        return self._started(named)

    def _started(self, named: NamedRelease) -> Mapping[str, str]:
        wanted = Wanted(named, name=self.name, filling=self.filling, allow_host=self.allow_host)
        files = lay(self.source, wanted, self.note)
        try:
            with self.reporting() as reporter:
                done = bring_up(files, BringUp(timeout=self.timeout), reporter)
        except ConfigurationError as error:  # it has all its settings: nobody can mend it
            raise Failed(error.message) from error
        except CommandFailed:
            self._require_registry()
            raise
        return _urls(files, done.running)

    def _require_registry(self) -> None:
        """Raise Unreachable where the registry is gone: then no other release starts either."""
        self.source.shelf.registry.tags(self.source.shelf.place.repository)

    def _clear(self) -> None:
        from envctl.wiring import turn_of

        with turn_of(self.name, self.note), self.reporting() as reporter:
            remove(self.name, reporter, volumes=True)


def _urls(files: ProjectFiles, running: tuple[Running, ...]) -> dict[str, str]:
    """Return the first address of each service, the front's before the others'."""
    from envctl.wiring import engine_reader
    from envctl.workflows.open import find_address

    found = {one.state.service: one.addresses[0] for one in running if one.addresses}
    try:
        front = find_address(engine_reader(), files.project(), "")
    except Refused:  # nothing that a browser would be shown
        return found
    return dict(sorted(found.items(), key=lambda item: item[1] != front))


def commits_between(
    folder: Path, before: NamedRelease, after: NamedRelease
) -> tuple[LoggedCommit, ...] | None:
    """Return the commits of a release that one before it has not.

    None where the repository that `folder` is in does not have them, or cannot be asked.
    """
    from envctl.adapters.git import Git

    try:
        return Git(folder).commits(before.release.commit, after.release.commit)
    except Failed:
        return None


def caller(folder: Path) -> Callable[[Sequence[str], Mapping[str, str]], int]:
    """Return what runs a command in `folder`; what it prints is no answer of envctl's."""
    from envctl.adapters.local_command import call

    return partial(call, folder, output=sys.stderr)

"""The playgrounds that were started from here: one small file each, in the state folder."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from envctl.adapters.lock_file import is_locked, locked
from envctl.adapters.memory import state_folder, write_atomically
from envctl.adapters.released_folder import ReleasedFolder, remove_folder
from envctl.domain.playground import Claim, Playground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from envctl.domain.released import Released


class FileRegistry:
    """Reads what is known of one engine's playgrounds; an unreadable file counts as none."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._key = hashlib.sha256(engine.encode()).hexdigest()[:16]
        self.folder = state_folder() / "playgrounds"

    def all(self) -> tuple[Playground, ...]:
        """Return every playground of the engine, sorted by name."""
        paths = self.folder.glob(f"*-{self._key}.json")
        found = (self._load(path) for path in paths if not path.name.startswith("."))
        return tuple(sorted((p for p in found if p), key=lambda p: p.name))

    def find(self, name: str) -> Playground | None:
        """Return the playground called `name`."""
        return self._load(self.path(name))

    def is_busy(self, name: str) -> bool:
        """Whether a command is at work on the playground just now."""
        return is_locked(self._lock(name))

    def path(self, name: str, kind: str = "json") -> Path:
        """Return where a playground's file of this kind is."""
        return self.folder / f"{name}-{self._key}.{kind}"

    def released_folder(self, name: str) -> Path:
        """Return where the files of a playground from a release are."""
        return self.path(name, "released")

    def _released(self, name: str, folder: str) -> Released | None:
        path = self.released_folder(name)
        return ReleasedFolder(path).released() if folder == os.path.realpath(path) else None

    def _lock(self, name: str) -> Path:
        return self.path(name, "lock")

    def _load(self, path: Path) -> Playground | None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            claims = tuple(Claim(*map(str, row)) for row in data["claims"])
            name, folder = str(data["name"]), str(data["folder"])
            return Playground(
                name=name,
                engine=self.engine,
                folder=folder,
                project=str(data["project"]),
                created=float(data["created"]),
                used=path.stat().st_mtime,
                claims=claims,
                released=self._released(name, folder),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


class WritableFileRegistry(FileRegistry):
    """The same, and can be added to; OSError where the state folder is not writable."""

    def enter(self, playground: Playground) -> None:
        """Write what is known of a playground, and that it is used now."""
        known = self.find(playground.name)
        if known and _row(known) == _row(playground):
            os.utime(self.path(playground.name))
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path(playground.name), json.dumps(_row(playground), indent=1))

    def forget(self, name: str) -> None:
        """Remove what is known of a playground; whoever works on it holds its turn."""
        with suppress(OSError):
            for kind in ("json", "yaml", "due", "seed", "lock"):
                self.path(name, kind).unlink(missing_ok=True)
        remove_folder(self.released_folder(name))

    @contextmanager
    def turn(self, name: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Be the only one that changes the playground; `waiting` is called if others are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self._lock(name), waiting):
            yield

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """Be the only one that decides what belongs to which playground; for moments only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / f".{self._key}.lock"):
            yield


def now() -> float:
    """Return the time of day as the registry keeps it."""
    return time.time()


def _row(playground: Playground) -> dict[str, Any]:
    return {
        "name": playground.name,
        "engine": playground.engine,
        "folder": playground.folder,
        "project": playground.project,
        "created": playground.created or now(),
        "claims": [[c.kind, c.place, c.wanted, c.given] for c in playground.claims],
    }

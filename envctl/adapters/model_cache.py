"""Compose's answers, kept: an unchanged project costs no process.

An entry is one JSON file for a folder and the arguments of a call. It is used while everything that
the answer may depend on is as it was: every file that Compose read and every one it would have
read had it been there, the variables whose names occur in them, the tools. An entry that is broken
or cannot be written only costs time. It holds resolved values, so only its owner can read it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl import __version__
from envctl.adapters.memory import home_folder, write_atomically
from envctl.adapters.path_state import path_state
from envctl.adapters.tools import compose_identity, docker_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from envctl.adapters.compose_sources import Sources

MOST_ENTRIES = 100
OLDEST_ENTRY = 30 * 24 * 3600.0
_WORD = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Answer:
    """What Compose said of a project: the model, and what it remarked."""

    model: dict[str, Any]
    notes: tuple[str, ...] = ()


class ModelCache:
    """The kept answers to one call of `docker compose config`.

    `arguments` are all of the call, `files` and `env_files` those of them that name files.
    """

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        files: Sequence[str] = (),
        env_files: Sequence[str] = (),
    ) -> None:
        self._folder = seen_folder(folder)
        self._files, self._env_files = files, env_files
        call = json.dumps([self._folder, os.path.realpath(folder), *arguments])
        self._name = hashlib.sha256(call.encode()).hexdigest()[:32]
        self._stamp = _stamp()

    def find(self) -> Answer | None:
        """Return the answer that Compose would give, if it is known."""
        try:
            entry = json.loads(self._path().read_text(encoding="utf-8"))
            if entry["stamp"] != self._stamp or not _holds(entry):
                return None
            answer = Answer(dict(entry["model"]), tuple(entry["notes"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        # the import of logging is paid by --verbose only, and may be under way in another thread
        if get_logger := getattr(sys.modules.get("logging"), "getLogger", None):
            calls = get_logger("envctl.calls")
            calls.debug("the model of %s is unchanged, and known", self._folder)
        return answer

    def sources(self) -> Sources | None:
        """Return what an answer would depend on; None when that cannot be said for certain."""
        from envctl.adapters.compose_references import Unclear
        from envctl.adapters.compose_sources import find_sources

        with suppress(Unclear, OSError, ValueError):
            return find_sources(self._folder, self._files, self._env_files, os.environ)
        return None

    def keep(self, answer: Answer, sources: Sources | None) -> None:
        """Keep an answer, if `sources`, found before Compose was called, are unchanged since."""
        known = all(self._stamp) and self._stamp == _stamp()
        if not known or sources is None or not sources.unchanged():
            return
        entry = {
            "stamp": self._stamp,
            "states": sources.states,
            "places": sources.places,
            "words": sorted(sources.words),
            "environment": _environment(sources.words),
            "notes": answer.notes,
            "model": answer.model,
        }
        with suppress(OSError, ValueError, TypeError):
            text = json.dumps(entry)
            if json.loads(text)["model"] == answer.model:
                self._write(text)

    def _path(self) -> Path:
        return cache_folder() / f"{self._name}.json"

    def _write(self, text: str) -> None:
        folder = cache_folder()
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        write_atomically(self._path(), text)
        _prune(folder)


def cache_folder() -> Path:
    """Return where the answers are."""
    home = os.environ.get("XDG_CACHE_HOME") or str(home_folder() / ".cache")
    return Path(home) / "envctl" / "models"


def seen_folder(folder: Path) -> str:
    """Return the path by which a process started in `folder` knows it: $PWD where that fits."""
    with suppress(OSError, ValueError):
        if (said := os.environ.get("PWD", "")).startswith("/") and Path(said).samefile(folder):
            return os.path.normpath(said)
    return os.path.realpath(folder)


def _holds(entry: dict[str, Any]) -> bool:
    return (
        entry["environment"] == _environment(entry["words"])
        and all(path_state(path) == state for path, state in entry["states"].items())
        and all(os.path.realpath(path) == place for path, place in entry["places"].items())
    )


def _stamp() -> list[str]:
    """Return what made the answer: envctl and the tools."""
    return [__version__, compose_identity(), path_state(docker_settings())]


def _environment(words: Collection[str]) -> str:
    """Return the digest of the variables that count: what Compose reads itself, and `words`.

    A name that is more than a word counts when all of its words are there.
    """
    known = frozenset(words)
    used = sorted(
        item
        for item in os.environ.items()
        if item[0].startswith(("COMPOSE_", "DOCKER_"))
        or item[0] == "HOME"
        or known.issuperset(_WORD.findall(item[0]))
    )
    return hashlib.sha256(json.dumps(used).encode()).hexdigest()


def _prune(folder: Path) -> None:
    """Remove entries beyond the newest, and old ones."""
    with os.scandir(folder) as found:
        aged = sorted(((e.stat().st_mtime, e.path) for e in found), reverse=True)
    oldest = time.time() - OLDEST_ENTRY
    for number, (written, path) in enumerate(aged):
        if number >= MOST_ENTRIES or written < oldest:
            with suppress(FileNotFoundError):
                Path(path).unlink()

"""The files of a playground from a release: a folder of this machine's state, a project in itself.

envctl.toml, .env       what it is called, and the settings that it is filled in with
release/                its definition, and what has to lie beside that
secrets/                files of secrets: the project's development values, and given ones
origin.json             which release it is, and from where
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.adapters.memory import write_bytes_atomically
from envctl.domain.released import Released
from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

ORIGIN, RELEASE = "origin.json", "release"
_PRIVATE, _READABLE, _EXECUTABLE = 0o600, 0o644, 0o755


class ReleasedFolder:
    """Reads and writes such a folder; only its owner can look into it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def released(self) -> Released | None:
        """Return what it is; None where there is none, or it was not finished."""
        try:
            said = json.loads((self.path / ORIGIN).read_text(encoding="utf-8"))
            words = {f.name: str(said.get(f.name, "")) for f in fields(Released)}
            started, own = (tuple(map(str, said.get(name, ()))) for name in ("started_in", "own"))
            return Released(**{**words, "started_in": started, "own": own})  # type: ignore[arg-type]
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def write_release(self, files: Iterable[tuple[str, bytes, bool]]) -> None:
        """Write the files of a release, each a path, content, and whether it can be executed.

        Files of a release that was there before stay: its containers may have them mounted.
        """
        for path, data, executable in files:
            self.write(f"{RELEASE}/{path}", data, _EXECUTABLE if executable else _READABLE)

    def write(self, name: str, data: bytes, mode: int = _PRIVATE) -> Path:
        """Write one file, all of it or nothing; returns where it is.

        Failed where that cannot be, or `name` leads out of the folder.
        """
        path = self.path / name
        if not Path(os.path.normpath(path)).is_relative_to(self.path):
            raise Failed(f"{name} leads out of the playground's folder")
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not _is(path, data, mode):
                write_bytes_atomically(path, data, mode)
        except OSError as error:
            raise Failed(f"cannot write {path}: {error.strerror}") from error
        return path

    def take(self, other: Path, names: Iterable[str]) -> None:
        """Write what is called so in another folder, files or folders of them, here as well."""
        for name in names:
            found = other / name
            for path in [found] if found.is_file() else sorted(found.rglob("*")):
                if path.is_file():
                    mode = path.stat().st_mode & 0o777
                    self.write(str(path.relative_to(other)), path.read_bytes(), mode)

    def read(self, name: str) -> bytes:
        """Return a file's content, empty where there is none."""
        try:
            return (self.path / name).read_bytes()
        except OSError:
            return b""

    def finish(self, released: Released) -> None:
        """Say what it is; before that it is nothing."""
        self.write(ORIGIN, json.dumps(asdict(released), indent=1).encode())


def remove_folder(path: Path) -> None:
    """Remove the folder of a playground, as far as that can be."""
    with suppress(OSError):
        (path / ORIGIN).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)


def _is(path: Path, data: bytes, mode: int) -> bool:
    try:
        return path.read_bytes() == data and path.stat().st_mode & 0o777 == mode
    except OSError:
        return False

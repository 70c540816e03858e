"""What this machine knows of containers it had created: one small file a playground."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping


def home_folder() -> Path:
    """Return the user's home; without one, a place where nothing is found and nothing written."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def state_folder() -> Path:
    """Return where envctl keeps state: `$XDG_STATE_HOME/envctl`, else below ~/.local/state."""
    home = os.environ.get("XDG_STATE_HOME") or str(home_folder() / ".local" / "state")
    return Path(home) / "envctl"


def data_folder() -> Path:
    """Return where envctl keeps the user's data: `$XDG_DATA_HOME/envctl`, else ~/.local/share."""
    home = os.environ.get("XDG_DATA_HOME") or str(home_folder() / ".local" / "share")
    return Path(home) / "envctl"


class FileMemory:
    """Reads service definitions by container ID; an unreadable file is an empty one."""

    def __init__(self, engine: str, project: str) -> None:
        self._path = _folder() / _file_name(engine, project)

    def recall(self) -> Mapping[str, str]:
        """Return service definitions by container ID; empty when nothing is known."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}

    def edited(self) -> frozenset[str]:
        """Return the IDs of the containers that were edited after they were made."""
        return frozenset(path.name for path in self._marks.glob("*"))

    @property
    def _marks(self) -> Path:
        return self._path.with_suffix(".edited")


def remembered_playgrounds(engine: str) -> dict[str, frozenset[str]]:
    """Return the IDs of remembered containers by playground, of one engine."""
    names = [path.stem.rpartition("-")[0] for path in sorted(_folder().glob("[!.]*.json"))]
    own = [name for name in names if (_folder() / _file_name(engine, name)).exists()]
    return {name: frozenset(FileMemory(engine, name).recall()) for name in own}


def _folder() -> Path:
    return state_folder() / "containers"


def _file_name(engine: str, project: str) -> str:
    key = hashlib.sha256(f"{engine}\0{project}".encode()).hexdigest()[:16]
    return f"{project}-{key}.json"


class WritableFileMemory(FileMemory):
    """The same, and can be added to."""

    def remember(self, known: Mapping[str, str]) -> None:
        """Replace what is known; a folder that cannot be written costs only time later."""
        with suppress(OSError):
            for gone in self.edited() - set(known):
                (self._marks / gone).unlink(missing_ok=True)
            if not known:
                self._path.unlink(missing_ok=True)
                self._marks.rmdir()
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(dict(sorted(known.items())), indent=0))

    def mark_edited(self, container: str) -> None:
        """Take note that a container is no longer what its image and definition say."""
        with suppress(OSError):
            self._marks.mkdir(parents=True, exist_ok=True)
            (self._marks / container).touch()


def keep_promise(path: Path, text: str) -> None:
    """Write `text`, or remove the file for an empty one; Failed when it cannot be kept."""
    try:
        if not text:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}") from error


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Write `text` so that at any moment `path` holds the old or the new content, whole.

    `mode` is what a new file may have, less what the umask takes away.
    """
    write_bytes_atomically(path, text.encode(), mode)


def write_bytes_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Do the same with bytes."""
    import tempfile  # with all that it needs, 10 ms that reading does not have to pay

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if mode != 0o600:  # what a temporary file has
                os.fchmod(file.fileno(), mode & ~_umask())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

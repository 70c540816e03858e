"""The lock of a project's images, in the file that is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.adapters.memory import write_atomically
from envctl.domain.lock import LOCK_FILE, Lock, lock_text, parse_lock
from envctl.errors import ConfigurationError, Failed

if TYPE_CHECKING:
    from pathlib import Path


class ImageLock:
    """Reads `envctl.lock` in a folder; without one, nothing is locked."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_FILE

    def read(self) -> Lock:
        """Return what is locked; ConfigurationError says what is wrong with the file."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Lock()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{self.path} cannot be read: {error}") from error
        import tomllib  # most projects have no such file

        try:
            return parse_lock(tomllib.loads(text), str(self.path))
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(
                f"{self.path} is not TOML: {error}",
                hint="take it from the commit; or remove it, and envctl lock writes it anew",
            ) from error

    def exists(self) -> bool:
        """Whether there is a lock."""
        return self.path.exists()


class WritableImageLock(ImageLock):
    """The same, and writes it."""

    def write(self, lock: Lock) -> None:
        """Replace the file, as a whole; Failed when it cannot be written."""
        try:
            write_atomically(self.path, lock_text(lock), mode=0o666)
        except OSError as error:
            raise Failed(f"cannot write {self.path}: {error.strerror}") from error

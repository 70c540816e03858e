"""A file that is written once, and never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from envctl.errors import Refused


def create_file(path: Path, text: str) -> None:
    """Write `path` whole or not at all; Refused when it exists, even since a moment ago."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp's files are for their owner only; this one belongs to the project
        Path(name).chmod(0o666 & ~_umask())
        os.link(name, path)
    except FileExistsError as error:
        raise Refused(f"{path} exists already", hint="it was not touched") from error
    finally:
        Path(name).unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

"""The content of single files, which containers see from the start."""

from __future__ import annotations

import hashlib
import os
import stat


def file_digest(path: str) -> str | None:
    """Return the sha256 of a regular file; None for anything else, or what cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None

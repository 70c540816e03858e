"""What a path holds, as a short text that changes when an answer made from it may change."""

from __future__ import annotations

import hashlib
import os
import stat

LARGEST = 4 * 1024 * 1024


def path_state(path: str) -> str:
    """Return the digest of a file's content, or what is there instead; empty when unclear.

    Unclear is what cannot be read twice with the same result: a pipe, a device, a file that is not
    ours to read, one too large to be read each time.
    """
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            return "folder"
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            return ""
        with open(path, "rb") as file:
            return f"sha256:{hashlib.sha256(file.read()).hexdigest()}"
    except (FileNotFoundError, NotADirectoryError) as error:
        return f"none:{error.errno}"
    except (OSError, ValueError):
        return ""


def path_stamp(path: str) -> str:
    """Return what the file system changes with every write; empty when nothing is there."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ""
    return f"{found.st_dev}.{found.st_ino}.{found.st_size}.{found.st_mtime_ns}.{found.st_ctime_ns}"

"""What a variable holds that Compose hands to containers itself, as a digest."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def variable_digest(name: str, env_files: Iterable[Path]) -> str | None:
    """Return the sha256 of what says the value of `name`; None when nothing does.

    That is the environment, else all lines of `env_files` that name it; where quotes may go on
    beyond a line, the whole file. Compose reads these files, here it is enough to see a change.
    """
    if (value := os.environ.get(name)) is not None:
        return _digest(value.encode("utf-8", "surrogateescape"))
    said = b"\n".join(_lines(name, path) for path in env_files)
    return _digest(said) if said.strip() else None


def _lines(name: str, path: Path) -> bytes:
    try:
        text = path.read_bytes()
    except OSError:
        return b""
    word = re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(name.encode()) + rb"(?![A-Za-z0-9_])")
    found = [line for line in text.splitlines() if word.search(line)]
    whole = all(line.count(mark) % 2 == 0 for line in found for mark in (b'"', b"'"))
    return b"\n".join(found) if whole else text


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""Which file says what a build context leaves out, found as the engine finds it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envctl.domain.ignore import IgnoreMatcher, parse_ignore

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINKS = 255


def ignore_rules(context: Path, dockerfile: Path | None) -> IgnoreMatcher:
    """Return what is ignored: the file named after the Dockerfile goes before the context's own.

    A folder of such a name, and a link that leads nowhere inside its folder, say nothing. OSError
    where the file cannot be read.
    """
    own = [dockerfile.with_name(f"{dockerfile.name}.dockerignore")] if dockerfile else []
    for path in (*own, context / ".dockerignore"):
        try:
            with open(_inside(str(path.parent), path.name), "rb") as file:
                text = file.read().decode("utf-8", "surrogateescape")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        return IgnoreMatcher(parse_ignore(text, str(path)))
    return IgnoreMatcher(())


def _inside(root: str, name: str) -> str:
    """Follow links as if `root` were all there is, as the builder does; empty for a circle."""
    done: list[str] = []
    todo, links = [name], 0
    while todo and links < MOST_LINKS:
        part, *todo = todo
        if part == "..":
            done = done[:-1]
        elif part not in ("", "."):
            done.append(part)
            if (target := _target("/".join((root, *done)))) is not None:
                links += 1
                done = [] if target.startswith("/") else done[:-1]
                todo = target.split("/") + todo
    return "" if todo else "/".join((root, *done))


def _target(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:  # no link, or nothing at all
        return None

"""The cases of the corpus: a file, a folder, or a TOML file that says how another is called.

A TOML file may say `file` or `folder` (beside it), `files` in that folder, `profiles` and
`environment`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from envctl.config.discovery import COMPOSE_FILES
from tests.corpus.compare import Call

HERE = Path(__file__).parent


def cases(verdict: str, root: Path = HERE) -> Iterator[tuple[str, Call]]:
    """Yield name and call of every case in `valid` or `invalid`, as copied to `root`."""
    for path in sorted((root / verdict).iterdir()):
        if path.is_file() or any((path / name).is_file() for name in COMPOSE_FILES):
            yield path.name, _call(path)


def _call(path: Path) -> Call:
    if path.is_dir():
        return Call(path)
    if path.suffix != ".toml":
        return Call(path.parent, (path.name,))
    said = tomllib.loads(path.read_text())
    named = (said["file"],) if "file" in said else ()
    return Call(
        path.parent / said.get("folder", "."),
        (*named, *said.get("files", ())),
        tuple(said.get("profiles", ())),
        said.get("environment", {}),
    )

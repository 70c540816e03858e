"""Write a few files into a folder of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.errors import Failed, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def write_folder(folder: Path, files: Sequence[tuple[str, bytes, bool]]) -> tuple[Path, ...]:
    """Write files, each a path, its content and whether it can be executed; returns where.

    Refused when one of them is there with another content, or would be outside of `folder`, and
    then nothing is written; Failed when one cannot be written.
    """
    targets = [(folder / path, data, executable) for path, data, executable in files]
    _require_inside(folder, [path for path, _, _ in targets])
    if other := [path for path, data, _ in targets if path.exists() and path.read_bytes() != data]:
        raise Refused(
            f"{other[0]} is there already, and is another file", hint="name another folder"
        )
    try:
        for path, data, executable in targets:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(path.stat().st_mode | (0o111 if executable else 0))
    except OSError as error:
        raise Failed(f"cannot write {error.filename or folder}: {error.strerror}") from error
    return tuple(path for path, _, _ in targets)


def _require_inside(folder: Path, paths: Iterable[Path]) -> None:
    """Refuse `..`, absolute paths and links out of the folder, which itself may be a link."""
    real = folder.resolve()
    for path in paths:
        found = path.resolve()
        if path.is_symlink() or found == real or not found.is_relative_to(real):
            raise Refused(
                f"{path} would not be in {folder}", hint="name another folder, one without links"
            )

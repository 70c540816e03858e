"""What went into the images that were built here: a file each, the newest ones only."""

from __future__ import annotations

import gzip
from contextlib import suppress
from typing import TYPE_CHECKING

from envctl.adapters.memory import state_folder
from envctl.domain.explanation import as_text, from_text, known
from envctl.domain.kept import LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from envctl.domain.explanation import KnownInputs
    from envctl.domain.project import Project
    from envctl.ports.releases import InputDocuments

MOST = 200
"""Files that are kept; with 20,000 paths one has about a megabyte."""


class InputRecords:
    """Finds inputs by the beginning of their digest; what cannot be read was never there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or state_folder() / "inputs"

    def find(self, digits: Iterable[str]) -> KnownInputs | None:
        """Return the first of the inputs with these beginnings of a digest that is known."""
        for one in digits:
            with suppress(OSError, ValueError, EOFError):
                return unpacked(self._path(one).read_bytes())
        return None

    def _path(self, digits: str) -> Path:
        return self._folder / f"{digits[:LENGTH]}.json.gz"


class FileInputKeeper(InputRecords):
    """Keeps the inputs that `reader` reads."""

    def __init__(self, reader: InputDocuments, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._reader = reader

    def keep(self, project: Project, services: Sequence[str]) -> None:
        """Keep the present inputs of built services; see the port."""
        for one in self._reader.documents(project, services).values() if services else ():
            self._write(self._path(one.digest), known(one))

    def _write(self, path: Path, inputs: KnownInputs) -> None:
        draft = path.with_name(f".{path.name}.{id(inputs)}")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(packed(inputs))
            draft.replace(path)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        files = sorted(self._folder.glob("*.json.gz"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MOST]:
            path.unlink(missing_ok=True)


def packed(inputs: KnownInputs) -> bytes:
    """Return inputs as they are kept here, and beside images in a registry."""
    return gzip.compress(as_text(inputs).encode(), 6, mtime=0)


def unpacked(data: bytes) -> KnownInputs:
    """Return what `packed` has packed; ValueError for anything else."""
    try:
        return from_text(gzip.decompress(data).decode())
    except (OSError, EOFError) as error:
        raise ValueError("these are no inputs of an image") from error

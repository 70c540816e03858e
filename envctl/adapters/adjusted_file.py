"""A Compose file of envctl's own, for a playground that has something else than is written."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from envctl.adapters.compose_yaml import write_yaml
from envctl.adapters.memory import write_atomically

_temporary = ExitStack()


def adjusted_file(path: Path, model: dict[str, Any]) -> str:
    """Write `model` to `path`, readable for its owner only, and return where it is.

    Where that cannot be written it is a temporary file, gone with this process.
    """
    text = write_yaml(model)
    try:
        write_atomically(path, text)
    except OSError:
        return _elsewhere(text)
    return str(path)


def _elsewhere(text: str) -> str:
    folder = _temporary.enter_context(tempfile.TemporaryDirectory(prefix="envctl-"))
    path = Path(folder) / "compose.yaml"
    write_atomically(path, text)
    return str(path)

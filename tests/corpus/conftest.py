"""What the tests of the corpus share."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.corpus.cases import HERE


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that is in no Git repository, so that projects have their own names."""
    copy = tmp_path_factory.mktemp("corpus")
    for verdict in ("valid", "invalid"):
        shutil.copytree(HERE / verdict, copy / verdict, symlinks=True)
    return copy


@cache
def compose_version() -> tuple[int, ...]:
    """Return the first two numbers of Compose's version."""
    words = ["docker", "compose", "version", "--short"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in said.strip().lstrip("v").split(".")[:2])

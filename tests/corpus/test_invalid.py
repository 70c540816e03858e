"""What Compose refuses, envctl refuses: with Compose's words in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.cases import cases
from tests.corpus.compare import compare
from tests.corpus.conftest import compose_version

# the folder says what this version says; an older one knows fewer keys
VERSION = (2, 40)


@pytest.mark.engine
@pytest.mark.parametrize("name", [name for name, _ in cases("invalid")])
def test_verdict_is_that_of_compose(corpus: Path, name: str) -> None:
    found = compare(dict(cases("invalid", corpus))[name])
    assert found.difference == ""
    assert compose_version() < VERSION or not found.valid

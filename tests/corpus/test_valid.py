"""A valid Compose file means to envctl what it means to Compose: asked, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.cases import cases
from tests.corpus.compare import compare
from tests.corpus.conftest import compose_version

# the folder says what this version says; an older one knows fewer keys
VERSION = (2, 40)


@pytest.mark.engine
@pytest.mark.parametrize("name", [name for name, _ in cases("valid")])
def test_verdict_and_model_are_those_of_compose(corpus: Path, name: str) -> None:
    found = compare(dict(cases("valid", corpus))[name])
    assert found.difference == ""
    assert compose_version() < VERSION or found.valid

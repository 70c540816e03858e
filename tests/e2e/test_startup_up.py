"""What a developer types all day pays for nothing that it does not use."""

from __future__ import annotations

import os

import pytest

from tests.e2e.conftest import Playground
from tests.test_startup import A_PROCESS, HEAVY, imported, packages

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("verb", ["up", "ps"])
def test_with_nothing_to_do_nothing_is_started_and_nothing_heavy_loaded(
    tiny: Playground, verb: str
) -> None:
    tiny.up()
    environment = {**os.environ, **tiny.environment}
    modules = imported("--name", tiny.name, verb, folder=tiny.folder, environment=environment)
    assert f"envctl.workflows.{verb}" in modules
    assert packages(modules) & {*HEAVY, A_PROCESS, "logging", "tomllib"} == set()
    assert modules & {"envctl.adapters.compose", "envctl.adapters.process"} == set()

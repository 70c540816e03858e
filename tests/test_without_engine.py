"""Without an engine the engine tests skip on a laptop, and fail in CI: they cannot vanish."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# by its kind it needs no engine; it is here because it takes five seconds
pytestmark = pytest.mark.engine

ONE = "tests/e2e/test_verbs.py::test_doctor_finds_this_machine_well"


@pytest.mark.parametrize(("ci", "ending"), [("", "1 skipped"), ("true", "1 error")])
def test_what_becomes_of_an_engine_test(ci: str, ending: str) -> None:
    away = {"CI": ci, "DOCKER_HOST": "unix:///nowhere/docker.sock", "COVERAGE_PROCESS_START": ""}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ONE],
        env={**os.environ, **away},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines()[-1].startswith(ending), done.stdout

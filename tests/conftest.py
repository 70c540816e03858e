"""What holds for every test: who may start processes, and what happens without an engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, settings

if not os.environ.get("CI"):  # where it brings a profile of its own that says the same
    # a busy machine is no failure
    settings.register_profile(
        "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell's background job ignores Ctrl-C, and so would all commands that tests interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.e2e.host_fixtures", "tests.e2e.stage_fixtures"]

_PROCESS_EVENTS = {"subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system"}
_forbidden = False


def _watch(event: str, _arguments: object) -> None:
    if _forbidden and event in _PROCESS_EVENTS:
        raise RuntimeError(f"{event}: a test without the mark 'process' or 'engine' starts nothing")


sys.addaudithook(_watch)

# testcontainers' own cleaner is an image that not every machine can pull; tests clean up themselves
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")


@pytest.fixture(autouse=True)
def _no_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests of the pure rooms cannot start a process: a leak is an error, not a slow test."""
    global _forbidden  # noqa: PLW0603 - audit hooks are for ever, so the switch is outside them
    allowed = request.node.get_closest_marker("process") or request.node.get_closest_marker(
        "engine"
    )
    _forbidden = allowed is None
    yield
    _forbidden = False


@cache
def engine_trouble() -> str:
    """Return what is missing for the engine tests; empty when nothing is."""
    for words in (
        ["docker", "info"],
        ["docker", "compose", "version"],
        ["docker", "buildx", "version"],
    ):
        try:
            answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if answer.returncode != 0:
            return answer.stderr.strip() or " ".join(words)
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip engine tests on a laptop without an engine; in CI they fail and cannot vanish."""
    if item.get_closest_marker("engine") and (trouble := engine_trouble()):
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail(f"no usable engine: {trouble}", pytrace=False)
        pytest.skip(f"no usable engine: {trouble}")

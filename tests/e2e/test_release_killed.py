"""Killed at a request to the registry: no half release is seen, the same command completes it.

The engine's pushes are requests like envctl's own. `ENVCTL_FAULTS=all` tries every one of them
(`make faults`), else a few spread over the whole.
"""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.conftest import Playground
from tests.e2e.releasing import everything, forget, missing, release, said
from tests.e2e.test_faults import chosen, context
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine

SAMPLES = 7
WHAT_COUNTS = ("version", "digest", "reference", "images")


def test_a_release_killed_at_any_request_is_never_half_there(
    releasable: Playground, memory_registry: FakeRegistry, ended: list[subprocess.Popen[str]]
) -> None:
    registry = memory_registry
    undisturbed, tags = release(releasable), everything(registry)
    requests = list(registry.requests)
    for at in chosen(len(requests), SAMPLES):
        forget(registry)
        with context(f"killed at request {at} of {len(requests)}, {requests[at - 1]}"):
            kill_at(at, releasable, registry, ended)
            assert missing(registry, releasable) == []
            seen = [row["digest"] for row in said(releasable, "releases")]
            assert seen in ([], [undisturbed["digest"]])
            completed = release(releasable)
            assert {k: completed[k] for k in WHAT_COUNTS} == {
                k: undisturbed[k] for k in WHAT_COUNTS
            }
            assert everything(registry) == tags
            assert missing(registry, releasable) == []


def kill_at(
    at: int, project: Playground, registry: FakeRegistry, ended: list[subprocess.Popen[str]]
) -> None:
    """Make a release and end it, by force, at this request; what it had begun goes on."""

    def kill(_: int, __: str) -> None:
        if len(registry.requests) >= at:
            ended[-1].kill()
            ended[-1].wait()

    with registry.lock:  # no request is served before we know whom to kill
        registry.before = kill
        ended.append(project.start("release"))
    stderr = ended[-1].communicate(timeout=120)[1]
    registry.before = None
    assert ended[-1].returncode in (-9, 0), stderr  # fewer requests this time: it was done

"""Services without a healthcheck: one is served when something answers at its port, not before."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import free_port
from tests.e2e.staging import LEAN, Staged
from tests.e2e.traffic import visitors

pytestmark = pytest.mark.engine
SLOW = "#!/bin/sh\nsleep 3\nexec httpd -f -p 8000 -h /app/www\n"
MUTE = "#!/bin/sh\nexec sleep 100000\n"
PORTS = '["${WEB_PORT:-8000}:8000"]'


@pytest.fixture
def unready(lean: Staged) -> Staged:
    """A project whose one service has no healthcheck and answers as HTTP."""
    lean.playground.write("compose.yaml", LEAN.partition("    healthcheck:")[0])
    return lean


def bring(staged: Staged, version: str, web: str) -> None:
    """Make a release, and deploy it without a failed request."""
    staged.release(version, web=web)
    staged.promote(version)
    with visitors("127.0.0.1", staged.ports["integration"]) as seen:
        staged.deploy()
    assert not seen.failures


def test_one_that_takes_its_time_is_not_served_before(unready: Staged) -> None:
    unready.release("1.0", web=SLOW)
    unready.promote("1.0")
    unready.deploy()
    bring(unready, "2.0", SLOW)
    with visitors("127.0.0.1", unready.ports["integration"]) as seen:
        unready.done("rollback", "integration", "--yes")
    assert not seen.failures
    assert seen.order == ["2.0", "1.0"]


def test_one_that_never_answers_is_not_served_at_all(unready: Staged) -> None:
    unready.serve("1.0")
    unready.release("2.0", web=MUTE)
    unready.promote("2.0")
    with visitors("127.0.0.1", unready.ports["integration"]) as seen:
        answer = unready.run("deploy", "integration", "--timeout", "6")
    assert answer.code == 6, answer.stderr
    assert "web: nothing answers at its port 8000 within 6 s" in answer.stderr
    assert "has to listen at 0.0.0.0 in its container" in answer.stderr
    assert "1.0 serves as before" in answer.stderr
    assert not seen.failures
    assert unready.runs() == "1.0"


def test_a_port_that_nothing_uses_is_told_and_does_not_matter(unready: Staged) -> None:
    compose = unready.playground.folder / "compose.yaml"
    more = PORTS.replace("]", f', "{free_port()}:9229"]')
    compose.write_text(compose.read_text().replace(PORTS, more))
    unready.release("1.0")
    unready.promote("1.0")
    answer = unready.run("deploy", "integration", "--yes")
    assert answer.code == 0, answer.stderr
    assert "web: nothing answers at its port 9229" in answer.stderr

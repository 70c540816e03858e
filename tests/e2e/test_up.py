"""`up` on a real engine: state, not output, unless the output is the promise."""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import Playground, page

pytestmark = pytest.mark.engine


def test_everything_is_up_and_says_where(tiny: Playground) -> None:
    answer = tiny.up("--json")
    assert json.loads(answer.stdout) == [
        {"service": "db", "phase": "ready", "state": "healthy", "addresses": []},
        {"service": "job", "phase": "done", "state": "exited (0)", "addresses": []},
        {
            "service": "web",
            "phase": "ready",
            "state": "healthy",
            "addresses": [f"http://localhost:{tiny.environment['WEB_PORT']}"],
        },
    ]
    assert page(tiny) == "one"


def test_without_a_terminal_there_is_a_line_a_step(tiny: Playground) -> None:
    lines = tiny.up().stderr.splitlines()
    said = [line for line in lines if not line.startswith("  ")]
    assert said[:4] == [
        "build web: never built here",
        "create db: no container",
        "create job: no container",
        "create web: no container",
    ]
    assert sorted(said[4:]) == ["done job: exited (0)", "ready db: healthy", "ready web: healthy"]


def test_a_second_up_touches_nothing(tiny: Playground) -> None:
    tiny.up()
    before = [(c.id, c.attrs["State"]["StartedAt"]) for c in tiny.containers()]
    assert json.loads(tiny.up("--dry-run", "--json").stdout) == {"steps": []}
    tiny.up()
    assert [(c.id, c.attrs["State"]["StartedAt"]) for c in tiny.containers()] == before


def test_a_selection_brings_what_it_needs(tiny: Playground) -> None:
    tiny.up("job")
    assert set(tiny.ids()) == {"db", "job"}


def test_a_one_shot_service_that_nobody_waits_for_is_done(playground: Playground) -> None:
    playground.write(
        "compose.yaml", "services: {init: {image: 'busybox:1.35', command: [echo, ready]}}\n"
    )
    answer = playground.up()
    assert "done init: exited (0)" in answer.stderr


def test_a_service_with_replicas_is_up_when_all_are(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          web:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sleep, "3600"]
            deploy: {replicas: 3}
        """,
    )
    playground.up()
    assert len(playground.containers("web")) == 3
    playground.containers("web")[0].remove(force=True)
    assert playground.envctl("up", "--dry-run").stdout == "create web: 2 of 3 containers\n"
    playground.up()
    assert len(playground.containers("web")) == 3

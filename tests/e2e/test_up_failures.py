"""What goes wrong during `up` is named, loses nothing, and the next `up` completes the work."""

from __future__ import annotations

import re
import signal
import subprocess

import pytest

from tests.e2e.conftest import Playground, eventually, page
from tests.e2e.projects import TINY

pytestmark = pytest.mark.engine


def test_a_failing_job_is_named_with_code_and_lines(tiny: Playground) -> None:
    answer = tiny.envctl("up", JOB_CODE="3")
    assert answer.code == 6
    assert "error: job: exited (3)" in answer.stderr
    assert "job: last lines:\n  job ran\n" in answer.stderr
    tiny.up()


def test_an_unhealthy_service_is_named_with_its_health_log(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          web:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sh, -c, "echo still loading; exec sleep 3600"]
            healthcheck:
              test: [CMD-SHELL, "echo no answer; exit 1"]
              interval: 100ms
              retries: 2
        """,
    )
    answer = playground.envctl("up")
    assert answer.code == 6
    assert "web: last failed healthcheck (exit code 1):\n  no answer\n" in answer.stderr
    assert "web: last lines:\n  still loading\n" in answer.stderr
    assert "error: web: unhealthy\nhint: " in answer.stderr


def test_a_crash_loop_that_lasts_is_named_with_its_last_lines(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          web:
            image: busybox:1.35
            command: [sh, -c, "echo no configuration; exit 4"]
            restart: always
        """,
    )
    answer = playground.envctl("up", "--timeout", "3")
    assert answer.code == 6
    # between two crashes it runs for a moment
    last = r"error: not ready after 3 s: web: restart(ed \d+ times|ing after exit code 4)\n"
    assert re.search(last, answer.stderr)
    assert "no configuration" in answer.stderr


def test_a_service_that_crashes_until_its_database_is_there_is_ready(
    playground: Playground,
) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          api:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sh, -c, "test -e /shared/db && exec sleep 3600; exit 1"]
            restart: always
            volumes: [shared:/shared]
          db:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sh, -c, "sleep 3; touch /shared/db; exec sleep 3600"]
            volumes: [shared:/shared]
        volumes: {shared: {}}
        """,
    )
    playground.up()
    assert playground.container("api").status == "running"


def test_what_never_gets_ready_ends_after_the_timeout(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          web:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sleep, "3600"]
            healthcheck: {test: [CMD, "false"], interval: 1h, start_period: 1h, start_interval: 1s}
        """,
    )
    answer = playground.envctl("up", "--timeout", "2")
    assert answer.code == 6
    assert "error: not ready after 2 s: web: health: starting" in answer.stderr


def test_a_failing_build_shows_why_and_leaves_what_runs(tiny: Playground) -> None:
    tiny.up()
    before = tiny.ids()
    tiny.write("web/Dockerfile", "FROM busybox:1.35\nRUN echo mixing; echo no flour >&2; exit 9\n")
    answer = tiny.envctl("up")
    assert answer.code == 1
    assert "no flour" in answer.stderr
    assert "error: cannot build web" in answer.stderr
    assert tiny.ids() == before
    assert page(tiny) == "one"


def test_a_port_that_cannot_be_bound_is_named(tiny: Playground) -> None:
    tiny.up("job")
    answer = tiny.envctl("up", WEB_PORT="203.0.113.1:8080")  # an address of no host
    assert answer.code == 6
    assert "error: web: cannot start" in answer.stderr
    assert "203.0.113.1:8080" in answer.stderr
    tiny.up()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_so_and_the_next_up_completes(
    tiny: Playground, ended: list[subprocess.Popen[str]], sent: signal.Signals
) -> None:
    slow = TINY.replace("touch /tmp/up; exec sleep 3600", "sleep 2; touch /tmp/up; exec sleep 3600")
    tiny.write("compose.yaml", slow)
    process = tiny.start("up")
    ended.append(process)
    eventually(lambda: tiny.containers("db"), "the container of db")
    process.send_signal(sent)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "error: interrupted" in stderr
    tiny.up()
    assert page(tiny) == "one"


def test_killed_the_next_up_completes(tiny: Playground, ended: list[subprocess.Popen[str]]) -> None:
    process = tiny.start("up")
    ended.append(process)
    eventually(lambda: tiny.containers("db"), "the container of db")
    process.kill()
    process.wait(60)
    tiny.up()
    assert page(tiny) == "one"

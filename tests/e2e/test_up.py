"""`up` on a real engine: state, not output, unless the output is the promise."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.request

import pytest

from tests.e2e.conftest import Playground, engine, eventually, free_port
from tests.e2e.projects import DOCKERFILE, TINY

pytestmark = pytest.mark.engine


@pytest.fixture
def tiny(playground: Playground) -> Playground:
    """The tiny project, written, not up."""
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    playground.write("web/page", "one")
    playground.environment["WEB_PORT"] = str(free_port())
    return playground


def _page(tiny: Playground) -> str:
    url = f"http://127.0.0.1:{tiny.environment['WEB_PORT']}/"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own container
        return str(answer.read().decode())


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
    assert _page(tiny) == "one"


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


def test_a_changed_file_is_built_and_only_its_service_replaced(tiny: Playground) -> None:
    tiny.up()
    before = tiny.ids()
    tiny.write("web/page", "two")
    tiny.up()
    assert _page(tiny) == "two"
    after = tiny.ids()
    assert {name for name in after if after[name] != before[name]} == {"web"}


def test_a_file_that_is_changed_back_is_not_built_again(tiny: Playground) -> None:
    tiny.up()
    tiny.write("web/page", "two")
    tiny.up()
    tiny.write("web/page", "one")
    plan = tiny.envctl("up", "--dry-run").stdout
    assert plan.startswith("tag web: built before from the same inputs (i.")
    tiny.up()
    assert _page(tiny) == "one"


def test_an_ignored_file_changes_nothing(tiny: Playground) -> None:
    tiny.write("web/.dockerignore", "*.log\n")
    tiny.up()
    tiny.write("web/noise.log", "noise")
    assert tiny.envctl("up", "--dry-run").stdout == "nothing to do\n"


def test_a_changed_variable_replaces_the_service_that_uses_it(tiny: Playground) -> None:
    tiny.up()
    before = tiny.ids()
    tiny.environment["WEB_PORT"] = str(free_port())
    assert tiny.envctl("up", "--dry-run").stdout == "replace web: its definition changed\n"
    tiny.up()
    assert _page(tiny) == "one"
    after = tiny.ids()
    assert {name for name in after if after[name] != before[name]} == {"web"}


def test_a_changed_config_file_reaches_the_container(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          web:
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sleep, "3600"]
            configs: [{source: note, target: /note}]
        configs:
          note: {file: note.txt}
        """,
    )
    note = playground.write("note.txt", "one")
    playground.up()
    # as an editor saves: a new file under the old name, which a bind mount does not follow
    playground.write("note.new", "two").replace(note)
    playground.up()
    assert playground.container("web").exec_run(["cat", "/note"]).output == b"two"


def test_what_was_stopped_or_removed_by_hand_comes_back(tiny: Playground) -> None:
    tiny.up()
    tiny.container("web").kill()
    tiny.container("db").remove(force=True)
    assert tiny.envctl("up", "--dry-run").stdout.splitlines() == [
        "create db: no container",
        "start job: db is new",
        "start web: exited with code 137",
    ]
    tiny.up()
    assert {c.labels["com.docker.compose.service"]: c.status for c in tiny.containers()} == {
        "db": "running",
        "job": "exited",
        "web": "running",
    }


def test_a_paused_service_goes_on(tiny: Playground) -> None:
    tiny.up()
    tiny.container("web").pause()
    tiny.up()
    assert tiny.container("web").status == "running"


def test_what_compose_created_is_recognised(tiny: Playground) -> None:
    """A container of unknown origin is compared by Compose, and kept when it is the same."""
    tiny.up()
    before = tiny.ids()
    tiny.environment["XDG_STATE_HOME"] += "-lost"
    assert "check web: not created by envctl here" in tiny.envctl("up", "--dry-run").stdout
    tiny.up()
    assert tiny.ids() == before
    assert tiny.envctl("up", "--dry-run").stdout == "nothing to do\n"


def test_a_selection_brings_what_it_needs(tiny: Playground) -> None:
    tiny.up("job")
    assert set(tiny.ids()) == {"db", "job"}


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


def test_a_crash_loop_ends_the_wait(playground: Playground) -> None:
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
    answer = playground.envctl("up")
    assert answer.code == 6
    assert "error: web: keeps crashing, exit code 4" in answer.stderr
    assert "no configuration" in answer.stderr


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
    assert _page(tiny) == "one"


def test_a_taken_port_is_named(tiny: Playground) -> None:
    tiny.up("job")
    blocker = engine().containers.run(
        "busybox:1.35", ["sleep", "3600"], detach=True, ports={"80/tcp": ("0.0.0.0", 0)}
    )
    try:
        blocker.reload()
        port = blocker.attrs["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]
        answer = tiny.envctl("up", WEB_PORT=port)
    finally:
        blocker.remove(force=True)
    assert answer.code == 6
    assert "error: web: " in answer.stderr
    assert f"{port} failed: port is already allocated" in answer.stderr
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
    assert _page(tiny) == "one"


def test_killed_the_next_up_completes(
    tiny: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    process = tiny.start("up")
    ended.append(process)
    eventually(lambda: tiny.containers("db"), "the container of db")
    process.kill()
    process.wait(60)
    tiny.up()
    assert _page(tiny) == "one"


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

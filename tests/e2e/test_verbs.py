"""The other verbs on a real engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Playground, engine, new_name
from tests.e2e.cut_engine import cut_engine
from tests.e2e.projects import DOCKERFILE, TINY

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """The tiny project, up, for the verbs that only look."""
    folder = tmp_path_factory.mktemp("tiny")
    playground = Playground(folder, new_name(), {"XDG_STATE_HOME": str(folder / "state")})
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    playground.write("web/page", "one")
    playground.up()
    yield playground
    playground.envctl("down", "--volumes")


def test_ps_shows_every_service(tiny: Playground) -> None:
    rows = json.loads(tiny.envctl("ps", "--json").stdout)
    assert [(r["service"], r["role"], r["state"]) for r in rows] == [
        ("db", "data", "healthy"),
        ("job", "job", "exited (0)"),
        ("web", "app", "healthy"),
    ]
    assert rows[2]["addresses"][0].startswith("http://localhost:")
    assert rows[2]["container"] == f"{tiny.name}-web-1"


def test_ps_as_text_has_a_line_a_service(tiny: Playground) -> None:
    lines = tiny.envctl("ps").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["SERVICE", "db", "job", "web"]


def test_ps_works_from_a_folder_below(tiny: Playground) -> None:
    answer = tiny.envctl("-C", "web", "ps", "--json")
    assert len(json.loads(answer.stdout)) == 3


def test_ps_of_a_playground_that_is_not_up_says_so(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    rows = json.loads(playground.envctl("ps", "--json").stdout)
    assert {r["state"] for r in rows} == {"no container"}


def test_logs_are_in_the_order_of_time(tiny: Playground) -> None:
    lines = [json.loads(line) for line in tiny.envctl("logs", "--json").stdout.splitlines()]
    assert [(line["service"], line["text"]) for line in lines] == [
        ("db", "db is up"),
        ("job", "job ran"),
        ("web", "web is up"),
    ]


def test_logs_of_one_service_are_prefixed_and_plain_in_a_pipe(tiny: Playground) -> None:
    assert tiny.envctl("logs", "web").stdout == "web | web is up\n"


def test_logs_leave_out_what_was_before(tiny: Playground) -> None:
    assert tiny.envctl("logs", "--since", "2999-01-01").stdout == ""
    assert tiny.envctl("logs", "--since", "1h", "web").stdout == "web | web is up\n"


def test_logs_follow_containers_that_start_later(
    playground: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          one: &chatty
            image: busybox:1.35
            init: true
            stop_grace_period: 0s
            command: [sh, -c, "echo hello; exec sleep 3600"]
          two: *chatty
        """,
    )
    playground.up("one")
    process = playground.start("logs", "--follow", "--json")
    ended.append(process)
    assert process.stdout
    assert json.loads(process.stdout.readline())["service"] == "one"
    playground.up()
    assert json.loads(process.stdout.readline())["service"] == "two"


def test_followed_logs_end_quietly_when_interrupted(
    tiny: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    process = tiny.start("logs", "--follow", "web")
    ended.append(process)
    assert process.stdout
    assert process.stdout.readline() == "web | web is up\n"
    process.terminate()
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr


def test_exec_gives_the_command_s_output_and_exit_code(tiny: Playground) -> None:
    answer = tiny.envctl("exec", "web", "sh", "-c", "cat /www/index.html; exit 7")
    assert (answer.code, answer.stdout) == (7, "one")


def test_exec_takes_options_of_the_command_for_the_command(tiny: Playground) -> None:
    assert "index.html" in tiny.envctl("exec", "web", "ls", "-l", "/www").stdout
    assert "index.html" in tiny.envctl("exec", "web", "--", "ls", "-l", "/www").stdout


def test_exec_passes_stdin_on(tiny: Playground) -> None:
    done = subprocess.run(
        tiny.words("exec", "web", "cat"),
        cwd=tiny.folder,
        env=tiny.environ({}),
        input="through",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "through")


def test_exec_in_a_service_that_does_not_run_is_refused(tiny: Playground) -> None:
    answer = tiny.envctl("exec", "job", "ls")
    assert answer.code == 5
    assert answer.stderr == ("error: job does not run (exited)\nhint: envctl up job starts it\n")


def test_shell_runs_what_it_is_told(tiny: Playground) -> None:
    done = subprocess.run(
        tiny.words("shell", "web"),
        cwd=tiny.folder,
        env=tiny.environ({}),
        input="hostname; exit 3\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout.strip() == tiny.container("web").id[:12]  # type: ignore[index]


def test_config_hides_secret_like_values_unless_asked(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          web:
            image: busybox:1.35
            environment:
              API_TOKEN: canary-1
              DATABASE_URL: postgres://shop:canary-2@db/shop
              COLOUR: blue
        """,
    )
    hidden = playground.envctl("config").stdout
    assert "canary" not in hidden
    assert "COLOUR: blue" in hidden
    shown = json.loads(playground.envctl("config", "--show-secrets", "--json").stdout)
    assert shown["services"]["web"]["environment"]["API_TOKEN"] == "canary-1"


def test_what_config_prints_means_the_same_to_compose(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    text = playground.envctl("config").stdout
    playground.write("printed.yaml", text)
    models = [
        json.loads(playground.envctl("-f", file, "config", "--json").stdout)
        for file in ("compose.yaml", "printed.yaml")
    ]
    assert models[0] == models[1]


def test_doctor_finds_this_machine_well(tiny: Playground) -> None:
    answer = tiny.envctl("doctor", "--json")
    assert answer.code == 0, answer.stdout
    subjects = {f["subject"]: f["level"] for f in json.loads(answer.stdout)}
    assert {"engine", "engine API", "image store", "compose", "buildx", "disk"} <= set(subjects)
    assert "problem" not in subjects.values()


def test_down_keeps_the_data_and_up_finds_it_again(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.write("web/Dockerfile", DOCKERFILE)
    playground.write("web/page", "one")
    playground.up("db")
    playground.container("db").exec_run(["sh", "-c", "echo kept > /data/note"])
    assert playground.envctl("down").code == 0
    assert playground.containers() == []
    playground.up("db")
    assert playground.container("db").exec_run(["cat", "/data/note"]).output == b"kept\n"


def test_down_with_volumes_leaves_nothing(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.up("db")
    answer = playground.envctl("down", "--volumes")
    assert answer.code == 0, answer.stderr
    label = {"label": f"com.docker.compose.project={playground.name}"}
    assert engine().volumes.list(filters=label) == []
    assert engine().networks.list(filters=label) == []
    assert playground.envctl("down", "--volumes").stdout == "nothing to do\n"


def test_down_with_a_name_needs_no_files(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.up("db")
    (playground.folder / "compose.yaml").unlink()
    assert playground.envctl("down", "--dry-run").stdout.startswith("remove ")
    assert playground.envctl("down").code == 0
    assert playground.containers() == []
    assert playground.envctl("down", "--volumes").code == 0


def test_down_works_when_the_compose_file_is_broken(playground: Playground) -> None:
    playground.write("compose.yaml", TINY)
    playground.up("db")
    playground.write("compose.yaml", "services: [")
    assert playground.envctl("down").code == 0
    assert playground.containers() == []


def test_a_long_line_is_whole_and_a_last_one_without_end_is_there(playground: Playground) -> None:
    playground.write(
        "compose.yaml",
        """\
        services:
          long:
            image: busybox:1.35
            command: [sh, -c, "head -c 40000 /dev/zero | tr '\\\\0' x; echo; printf end"]
        """,
    )
    playground.up()
    assert playground.envctl("logs").stdout == f"long | {'x' * 40000}\nlong | end\n"


def test_followed_logs_end_when_the_engine_goes_away(
    tiny: Playground, tmp_path: Path, ended: list[subprocess.Popen[str]]
) -> None:
    with cut_engine(tmp_path) as address:
        process = tiny.start("logs", "--follow", "web", DOCKER_HOST=address)
        ended.append(process)
        assert process.stdout
        assert process.stdout.readline() == "web | web is up\n"
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "error: the engine at" in stderr

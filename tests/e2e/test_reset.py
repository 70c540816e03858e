"""`reset` and `down --volumes` on a real engine: whatever was broken is new or gone."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from tests.e2e.conftest import Playground, engine, eventually, page

pytestmark = pytest.mark.engine


def data(tiny: Playground) -> str:
    """Return what the database's volume holds."""
    listed: Any = tiny.container("db").exec_run(["ls", "/data"])
    return str(listed.output.decode())


def all_answer(tiny: Playground, former: dict[str, str]) -> None:
    """Everything is new, healthy and answers."""
    assert not set(former.values()) & set(tiny.ids().values())
    assert set(tiny.ids()) == {"db", "job", "web"}
    assert tiny.container("db").attrs["State"]["Health"]["Status"] == "healthy"
    assert page(tiny) == "one"
    assert data(tiny) == ""


def spoil(tiny: Playground) -> dict[str, str]:
    """Bring it up with something in its data; return the container IDs."""
    tiny.up()
    tiny.container("db").exec_run(["touch", "/data/corrupt"])
    return tiny.ids()


def test_all_is_new_again_whatever_was_removed_by_hand(tiny: Playground) -> None:
    former = spoil(tiny)
    tiny.container("web").remove(force=True)
    tiny.container("job").remove(force=True)
    answer = tiny.envctl("reset")
    assert answer.code == 0, answer.stderr
    all_answer(tiny, former)


def test_a_dry_run_names_each_step_and_changes_nothing(tiny: Playground) -> None:
    former = spoil(tiny)
    answer = tiny.envctl("reset", "--dry-run")
    assert answer.code == 0
    assert answer.stdout.splitlines() == [
        "remove db: 1 container, running; killed",
        "remove job: 1 container, exited; killed",
        "remove web: 1 container, running; killed",
        f"remove network {tiny.name}_default: it belongs to this playground",
        f"remove volume {tiny.name}_data: reset",
        "create db: no container",
        "create job: no container",
        "create web: no container",
    ]
    assert tiny.ids() == former
    assert data(tiny) == "corrupt\n"


@pytest.fixture
def guest(tiny: Playground) -> Iterator[str]:
    """A container of somebody else's, in nobody's playground."""
    name = f"{tiny.name}-guest"
    yield name
    subprocess.run(["docker", "rm", "-f", "-v", name], capture_output=True, check=False)


def run_guest(name: str, *options: str) -> None:
    words = ["docker", "run", "-d", "--init", "--name", name, *options, "busybox:1.35"]
    subprocess.run([*words, "sleep", "3600"], capture_output=True, check=True)


def test_a_network_that_somebody_else_uses_does_not_hold_it_up(
    tiny: Playground, guest: str
) -> None:
    former = spoil(tiny)
    run_guest(guest, "--network", f"{tiny.name}_default")
    answer = tiny.envctl("reset")
    assert answer.code == 0, answer.stderr
    assert f"disconnect {guest} from {tiny.name}_default" in answer.stderr
    all_answer(tiny, former)
    assert engine().containers.get(guest).status == "running"


def test_a_volume_that_somebody_else_uses_is_refused_and_nothing_is_lost(
    tiny: Playground, guest: str
) -> None:
    former = spoil(tiny)
    run_guest(guest, "--volume", f"{tiny.name}_data:/backup")
    answer = tiny.envctl("reset")
    assert answer.code == 5
    assert f"the container {guest}, which is none of this playground" in answer.stderr
    assert f"docker rm -f {guest}" in answer.stderr
    assert tiny.ids() == former
    assert data(tiny) == "corrupt\n"


def test_a_volume_without_any_room_left_is_new(tiny: Playground) -> None:
    compose = (tiny.folder / "compose.yaml").read_text()
    small = "data: {driver_opts: {type: tmpfs, device: tmpfs, o: size=64k}}"
    tiny.write("compose.yaml", compose.replace("data: {}", small))
    former = spoil(tiny)
    fill = "cat /dev/zero >/data/zeros"
    assert tiny.container("db").exec_run(["sh", "-c", fill]).exit_code != 0
    assert tiny.envctl("reset").code == 0
    all_answer(tiny, former)


def test_paused_stopped_and_half_started_containers_are_no_hindrance(tiny: Playground) -> None:
    former = spoil(tiny)
    tiny.container("web").pause()
    tiny.container("db").stop(timeout=0)
    compose = ["docker", "compose", "-p", tiny.name, "up", "--no-start", "--force-recreate", "job"]
    subprocess.run(compose, cwd=tiny.folder, env=tiny.environ({}), capture_output=True, check=True)
    answer = tiny.envctl("reset")
    assert answer.code == 0, answer.stderr
    all_answer(tiny, former)


def test_what_writes_to_a_folder_of_the_host_may_finish_first(tiny: Playground) -> None:
    tiny.write(
        "compose.yaml",
        """\
        services:
          writer:
            image: busybox:1.35
            init: true
            command:
            - sh
            - -c
            - trap 'echo ended >/out/log; exit' TERM; while true; do sleep 0.05; done
            volumes: [./out:/out]
        """,
    )
    tiny.up()
    assert tiny.envctl("down", "--volumes").code == 0
    assert (tiny.folder / "out/log").read_text() == "ended\n"
    assert tiny.containers() == []


def test_what_writes_to_a_folder_through_a_volume_may_finish_first(tiny: Playground) -> None:
    folder = tiny.folder / "out"
    folder.mkdir()
    tiny.write(
        "compose.yaml",
        f"""\
        services:
          writer:
            image: busybox:1.35
            init: true
            command:
            - sh
            - -c
            - trap 'echo ended >/out/log; exit' TERM; while true; do sleep 0.05; done
            volumes: [out:/out]
        volumes:
          out: {{driver_opts: {{type: none, o: bind, device: "{folder}"}}}}
        """,
    )
    tiny.up()
    assert "what it holds lies elsewhere" in tiny.envctl("down", "--volumes").stderr
    assert (folder / "log").read_text() == "ended\n"


def test_down_with_volumes_leaves_nothing(tiny: Playground) -> None:
    tiny.up()
    assert tiny.envctl("down", "--volumes").code == 0
    assert tiny.containers() == []
    filters = {"label": f"com.docker.compose.project={tiny.name}"}
    assert engine().networks.list(filters=filters) == []
    assert engine().volumes.list(filters=filters) == []


def test_interrupted_while_it_removes_the_same_command_completes_it(
    tiny: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    former = spoil(tiny)
    process = tiny.start("reset")
    ended.append(process)
    eventually(lambda: tiny.ids() != former, "something of it gone")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (130, 0)
    assert tiny.envctl("reset").code == 0
    all_answer(tiny, former)


def test_broken_files_stop_it_before_anything_is_touched(tiny: Playground) -> None:
    former = spoil(tiny)
    tiny.write("compose.yaml", "services: {web: {image: [}}")
    assert tiny.envctl("reset").code == 3
    assert tiny.ids() == former
    with pytest.raises(docker.errors.NotFound):
        engine().volumes.get(f"{tiny.name}_other")


def test_to_a_snapshot_all_is_new_but_the_data_is_that_of_the_snapshot(tiny: Playground) -> None:
    former = spoil(tiny)
    tiny.environment["XDG_DATA_HOME"] = str(tiny.folder.parent / "data")
    assert tiny.envctl("snapshot", "save", "before").code == 0
    tiny.container("db").exec_run(["sh", "-c", "rm /data/corrupt; touch /data/worse"])
    answer = tiny.envctl("reset", "--to", "before")
    assert answer.code == 0, answer.stderr
    assert data(tiny) == "corrupt\n"
    assert not set(former.values()) & set(tiny.ids().values())
    unknown = tiny.envctl("reset", "--to", "no-such")
    assert (unknown.code, data(tiny)) == (2, "corrupt\n")

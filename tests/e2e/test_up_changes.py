"""What changed since the last `up`, by edit or by hand, is noticed, and nothing else is touched."""

from __future__ import annotations

import pytest

from envctl.adapters.tools import plugin_version
from envctl.domain.versions import Version, parse_version
from tests.e2e.conftest import Playground, engine, free_port, page

pytestmark = pytest.mark.engine


def test_a_changed_file_is_built_and_only_its_service_replaced(tiny: Playground) -> None:
    tiny.up()
    before = tiny.ids()
    tiny.write("web/page", "two")
    tiny.up()
    assert page(tiny) == "two"
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
    assert page(tiny) == "one"


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
    assert page(tiny) == "one"
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


def test_who_was_taken_off_a_network_is_on_it_again(tiny: Playground) -> None:
    tiny.up()
    engine().networks.get(f"{tiny.name}_default").disconnect(tiny.container("web"), force=True)
    tiny.up()
    assert page(tiny) == "one"


def test_a_network_that_was_removed_while_all_was_stopped_comes_back(tiny: Playground) -> None:
    tiny.up()
    for name in ("db", "web"):
        tiny.container(name).kill()
    engine().networks.get(f"{tiny.name}_default").remove()
    tiny.up()
    assert page(tiny) == "one"


def test_a_paused_service_goes_on(tiny: Playground) -> None:
    tiny.up()
    tiny.container("web").pause()
    tiny.up()
    assert tiny.container("web").status == "running"


def test_what_compose_created_is_recognised(tiny: Playground) -> None:
    """A container of unknown origin is compared by Compose, and kept when it is the same."""
    # before 2.29.3, Compose takes depends_on for a part of the container and so finds it changed
    if (parse_version(plugin_version("compose")) or Version(0)) < Version(2, 29, 3):
        pytest.skip("this Compose replaces what it compares alone")
    tiny.up()
    before = tiny.ids()
    tiny.environment["XDG_STATE_HOME"] += "-lost"
    assert "check web: not created by envctl here" in tiny.envctl("up", "--dry-run").stdout
    tiny.up()
    assert tiny.ids() == before
    assert tiny.envctl("up", "--dry-run").stdout == "nothing to do\n"

"""`list` on a real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Playground, eventually
from tests.e2e.populace import Populace, new_names, populace

pytestmark = pytest.mark.engine


@pytest.fixture
def made() -> Iterator[Populace]:
    """Playgrounds of this test."""
    with populace() as made:
        yield made


def rows(playground: Playground, *names: str) -> dict[str, dict[str, Any]]:
    """Return what `list` says, of `names` only: others may be at work on the engine."""
    answer = playground.envctl("list", "--json", "--disk")
    assert answer.code == 0, answer.stderr
    return {row["name"]: row for row in json.loads(answer.stdout) if row["name"] in names}


@pytest.fixture
def anywhere(tmp_path: Path) -> Playground:
    """A folder without a project."""
    return Playground(tmp_path, "", {"XDG_STATE_HOME": str(tmp_path / "state")})


def test_twenty_playgrounds_each_in_a_row(anywhere: Playground, made: Populace) -> None:
    names = new_names(20)
    for name in names:
        made.add_container(name, "web", "/nowhere", started=False)
        made.add_volume(name)
    found = rows(anywhere, *names)
    assert list(found) == names
    assert {(r["state"], r["checkout"], r["gone"]) for r in found.values()} == {
        ("1 created", "/nowhere", True)
    }
    assert all(0 <= r["age"] < 3600 for r in found.values())


def test_states_as_the_engine_tells_them(anywhere: Playground, made: Populace) -> None:
    (name,) = new_names(1)
    made.add_container(name, "web")
    made.add_container(name, "job", Cmd=["sh", "-c", "exit 3"])
    ill = {"Test": ["CMD", "false"], "Interval": 10**9, "Retries": 1}
    made.add_container(name, "db", Healthcheck=ill)
    expected = "1 running, 1 exited (3), db unhealthy"
    assert eventually(lambda: rows(anywhere, name)[name]["state"] == expected, expected)


def test_data_without_containers_is_a_playground_still(
    anywhere: Playground, made: Populace
) -> None:
    data, empty = new_names(2)
    made.add_volume(data)
    made.add_network(empty)
    found = rows(anywhere, data, empty)
    assert [found[name]["state"] for name in (data, empty)] == ["data only", "network only"]
    assert found[data]["age"] < 3600


def test_disk_counts_volumes_and_what_containers_wrote(
    anywhere: Playground, made: Populace
) -> None:
    (name,) = new_names(1)
    volume = made.add_volume(name)
    write = "head -c 300000 /dev/zero >/data/a; head -c 200000 /dev/zero >/b; exec sleep 3600"
    host = {"Binds": [f"{volume}:/data"], "Mounts": [{"Type": "volume", "Target": "/nameless"}]}
    write += " & head -c 100000 /dev/zero >/nameless/c; wait"
    made.add_container(name, "web", Cmd=["sh", "-c", write], HostConfig=host)
    eventually(lambda: rows(anywhere, name)[name]["disk"] >= 600000, "all that was written")
    assert rows(anywhere, name)[name]["disk"] < 700000


def test_addresses_and_the_checkout_of_what_envctl_started(
    tiny: Playground, anywhere: Playground
) -> None:
    tiny.up()
    anywhere.environment["XDG_STATE_HOME"] = tiny.environment["XDG_STATE_HOME"]
    row = rows(anywhere, tiny.name)[tiny.name]
    assert row["checkout"] == str(tiny.folder.resolve())
    assert not row["gone"]
    assert row["project"]
    assert row["state"] == "2 running, 1 exited (0)"
    assert row["addresses"] == [f"http://localhost:{tiny.environment['WEB_PORT']}"]


def test_as_text_there_is_a_line_a_playground(anywhere: Playground, made: Populace) -> None:
    (name,) = new_names(1)
    made.add_container(name, "web", "/nowhere")
    anywhere = Playground(anywhere.folder, name, anywhere.environment)
    heading, line = anywhere.envctl("list", "--disk").stdout.splitlines()
    assert heading.split() == ["NAME", "CHECKOUT", "AGE", "STATE", "DISK", "ADDRESS"]
    assert line.split()[:3] == [name, "/nowhere", "(gone)"]
    assert line.endswith("1 running  0 B")


def test_the_disk_can_be_left_out(anywhere: Playground, made: Populace) -> None:
    (name,) = new_names(1)
    made.add_volume(name)
    anywhere = Playground(anywhere.folder, name, anywhere.environment)
    answer = anywhere.envctl("list", "--no-disk", "--json")
    assert [row["disk"] for row in json.loads(answer.stdout)] == [None]
    assert answer.stderr == ""
    heading = anywhere.envctl("list", "--no-disk").stdout.splitlines()[0]
    assert heading.split() == ["NAME", "CHECKOUT", "AGE", "STATE", "ADDRESS"]


def test_no_playground_is_said(anywhere: Playground) -> None:
    (name,) = new_names(1)
    answer = Playground(anywhere.folder, name, anywhere.environment).envctl("list")
    assert (answer.code, answer.stdout) == (0, "")
    # an engine that is slow to measure its disk is another note
    assert f"note: there is no playground {name} on this engine" in answer.stderr.splitlines()

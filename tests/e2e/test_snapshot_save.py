"""Saves of real volumes: consistent, whole or not there, and nobody left paused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.adapters.engine import HELPER
from tests.e2e.conftest import Playground, engine, eventually

pytestmark = pytest.mark.engine

WRITER = """\
    services:
      db:
        image: busybox:1.35
        init: true
        stop_grace_period: 0s
        command:
          - sh
          - -c
          - |
            truncate -s 200M /one/large; touch /tmp/up
            while :; do i=$$((i+1)); echo $$i >>/one/log; echo $$i >>/two/log; done
        volumes: [one:/one, two:/two]
        healthcheck: {test: [CMD, test, -e, /tmp/up], interval: 1s, start_interval: 100ms, start_period: 9s}
      web:
        image: busybox:1.35
        init: true
        stop_grace_period: 0s
        command: [sleep, "3600"]
        volumes: [web:/web]
    volumes: {one: {}, two: {}, web: {}}
"""  # noqa: E501 - one line is easier to read here


@pytest.fixture
def writer(playground: Playground) -> Playground:
    """A service that writes all the time, to two volumes in turn."""
    playground.write("compose.yaml", WRITER)
    playground.up()
    return playground


def archives(playground: Playground) -> dict[str, Path]:
    folder = Path(playground.environment["XDG_DATA_HOME"])
    return {path.stem: path for path in folder.rglob("*.tar")}


def helpers(playground: Playground) -> list[object]:
    label = f"{HELPER}={playground.name}"
    return list(engine().containers.list(all=True, filters={"label": label}))


def last_line(path: Path) -> int:
    with tarfile.open(path) as tar:
        (name,) = (n for n in tar.getnames() if n.endswith("/log"))
        lines = tar.extractfile(name).read().splitlines()  # type: ignore[union-attr]
    return int(lines[-1])


def test_volumes_are_copied_as_they_are_at_one_moment(writer: Playground) -> None:
    before = writer.ids()
    answer = writer.envctl("snapshot", "save", "seed", "db", "--json")
    assert answer.code == 0, answer.stderr
    assert [v["key"] for v in json.loads(answer.stdout)["volumes"]] == ["one", "two"]
    saved = archives(writer)
    assert last_line(saved["one"]) - last_line(saved["two"]) in (0, 1)
    assert writer.ids() == before
    assert writer.container("db").status == "running"
    assert helpers(writer) == []
    assert writer.envctl("up", "--dry-run").stdout == "nothing to do\n"


def test_list_shows_what_save_kept_until_it_is_removed(writer: Playground) -> None:
    assert writer.envctl("snapshot", "list").stdout == ""
    writer.envctl("snapshot", "save", "seed", "web")
    heading, row = writer.envctl("snapshot", "list").stdout.splitlines()
    assert heading.split() == ["NAME", "SIZE", "AGE", "VOLUMES"]
    assert row.split()[0] == "seed"
    assert row.endswith("web (web 1.35)")
    assert writer.envctl("snapshot", "save", "seed").code == 5
    assert writer.envctl("snapshot", "rm", "seed").code == 0
    assert writer.envctl("snapshot", "list", "--json").stdout == "[]\n"
    assert archives(writer) == {}
    missing = writer.envctl("snapshot", "rm", "seed")
    assert (missing.code, missing.stderr.splitlines()[-1]) == (2, "hint: there are: none")


def test_a_dry_run_pauses_nobody_and_keeps_nothing(writer: Playground) -> None:
    answer = writer.envctl("snapshot", "save", "seed", "--dry-run")
    assert answer.stdout.splitlines() == [
        "pause db: it writes to one, two",
        "pause web: it writes to web",
        f"save one: volume {writer.name}_one, used by db",
        f"save two: volume {writer.name}_two, used by db",
        f"save web: volume {writer.name}_web, used by web",
        "resume db: the copy is made",
        "resume web: the copy is made",
    ]
    assert not Path(writer.environment["XDG_DATA_HOME"]).exists()


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
def test_a_save_that_is_ended_keeps_nothing(
    writer: Playground, ended: list[subprocess.Popen[str]], way: signal.Signals
) -> None:
    saving = writer.start("snapshot", "save", "seed")
    ended.append(saving)
    eventually(lambda: writer.container("db").status == "paused", "a paused container")
    saving.send_signal(way)
    saving.wait(60)
    if way is signal.SIGINT:
        assert writer.container("db").status == "running"
        assert archives(writer) == {}
        assert helpers(writer) == []
    assert writer.envctl("snapshot", "list", "--json").stdout == "[]\n"
    writer.up()
    assert writer.container("db").status == "running"
    assert writer.envctl("snapshot", "save", "seed", "web").code == 0
    assert set(archives(writer)) == {"web"}
    assert helpers(writer) == []


@pytest.fixture
def small_disk(writer: Playground, tmp_path: Path) -> Iterator[Playground]:
    """A place for snapshots that holds 20 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "small"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("nothing can be mounted here")
    writer.environment["XDG_DATA_HOME"] = str(disk)
    yield writer
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_nothing_is_left_on_it(small_disk: Playground) -> None:
    answer = small_disk.envctl("snapshot", "save", "seed")
    assert answer.code == 1
    error, hint = answer.stderr.splitlines()[-2:]
    assert error.startswith("error: cannot write ")
    assert error.endswith("/one.tar: No space left on device")
    assert "XDG_DATA_HOME" in hint
    assert archives(small_disk) == {}
    assert small_disk.container("db").status == "running"
    assert helpers(small_disk) == []

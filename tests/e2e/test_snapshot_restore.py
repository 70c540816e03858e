"""Restores of real volumes: whole, of nothing else, and completed when they are cut short."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker.errors
import pytest

from tests.e2e.conftest import Playground, engine, eventually

pytestmark = pytest.mark.engine

SHOP = """\
    services:
      db: &data
        image: ${DB_IMAGE:-busybox:1.35}
        init: true
        stop_grace_period: 0s
        command: [sh, -c, "touch /tmp/up; exec sleep 3600"]
        volumes: [data:/data, more:/more]
        healthcheck: {test: [CMD, test, -e, /tmp/up], interval: 1s, start_interval: 100ms, start_period: 9s}
      web:
        <<: *data
        image: busybox:1.35
        volumes: [web:/web]
    volumes: {data: {labels: {kind: precious}}, more: {}, web: {}}
"""  # noqa: E501 - one line is easier to read here
KINDS = """\
cd /data && echo old >file && mkdir -p folder/deep empty && echo x >folder/deep/x &&
chmod 700 empty && chown 12:34 folder && ln -s file link && ln file hard &&
ln -s /nowhere broken && mkfifo pipe &&
mknod null c 1 3 && touch "odd name
in two lines" && touch ünïcode && chmod 4751 folder/deep/x && chown 99:98 . && chmod 1770 . &&
touch -h -d "2001-02-03 04:05:06" file link"""
SHOWN = "cd /data && find . -exec stat -c '%n %F %a %u:%g %h %t:%T %N %Y' {} + | sort && cat file"


@pytest.fixture
def shop(playground: Playground) -> Playground:
    playground.write("compose.yaml", SHOP)
    playground.up()
    return playground


def run(playground: Playground, script: str, service: str = "db") -> str:
    done = playground.container(service).exec_run(["sh", "-c", script])
    output = bytes(done.output).decode()  # type: ignore[arg-type]
    assert done.exit_code == 0, output
    return output


def saved(playground: Playground, script: str = KINDS) -> str:
    """Fill the volume, save it, and return what is in it."""
    run(playground, script)
    answer = playground.envctl("snapshot", "save", "seed", "db")
    assert answer.code == 0, answer.stderr
    return run(playground, SHOWN)


def test_all_is_as_it_was_and_other_services_did_not_notice(shop: Playground) -> None:
    before = saved(shop)
    web = shop.container("web")
    run(shop, "cd /data && rm -rf file folder && echo new >file && echo more >other && chmod 755 .")
    answer = shop.envctl("snapshot", "restore", "seed")
    assert answer.code == 0, answer.stderr
    assert run(shop, SHOWN) == before
    after = shop.container("web")
    assert after.id == web.id
    assert after.attrs["State"]["StartedAt"] == web.attrs["State"]["StartedAt"]
    assert shop.envctl("up", "--dry-run").stdout == "nothing to do\n"
    labels = engine().volumes.get(f"{shop.name}_data").attrs["Labels"]
    assert labels["kind"] == "precious"
    assert labels["com.docker.compose.volume"] == "data"


def test_the_data_outlives_its_playground(shop: Playground) -> None:
    before = saved(shop)
    assert shop.envctl("down", "--volumes").code == 0
    answer = shop.envctl("snapshot", "restore", "seed")
    assert answer.code == 0, answer.stderr
    assert shop.containers() == []
    shop.up()
    assert run(shop, SHOWN) == before


def test_a_dry_run_touches_nothing(shop: Playground) -> None:
    saved(shop)
    ids = shop.ids()
    answer = shop.envctl("snapshot", "restore", "seed", "--dry-run")
    assert [line.partition(",")[0] for line in answer.stdout.splitlines()] == [
        "restore data: from snapshot seed",
        "restore more: from snapshot seed",
        "replace db: its data is restored",
    ]
    assert shop.ids() == ids


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("following", [["up"], ["snapshot", "restore", "seed"]])
def test_a_restore_that_is_ended_is_completed_by_the_next_command(
    shop: Playground,
    ended: list[subprocess.Popen[str]],
    way: signal.Signals,
    following: list[str],
) -> None:
    before = saved(shop, "truncate -s 200M /more/large; echo old >/data/file")
    run(shop, "echo new >/data/file")
    former = shop.container("db").id
    restoring = shop.start("snapshot", "restore", "seed")
    ended.append(restoring)
    eventually(lambda: former not in shop.ids().values(), "the end of the former container")
    restoring.send_signal(way)
    restoring.wait(60)
    assert restoring.returncode != 0
    answer = shop.envctl(*following)
    assert answer.code == 0, answer.stderr
    shop.up()
    assert run(shop, SHOWN) == before
    assert run(shop, "stat -c %s /more/large") == f"{200 << 20}\n"
    assert shop.envctl("up", "--dry-run").stdout == "nothing to do\n"


def test_after_a_killed_restore_the_playground_can_be_removed(
    shop: Playground, ended: list[subprocess.Popen[str]]
) -> None:
    saved(shop, "truncate -s 200M /more/large; echo old >/data/file")
    former = shop.container("db").id
    restoring = shop.start("snapshot", "restore", "seed")
    ended.append(restoring)
    eventually(lambda: former not in shop.ids().values(), "the end of the former container")
    restoring.kill()
    restoring.wait(60)
    answer = shop.envctl("down", "--volumes")
    assert answer.code == 0, answer.stderr
    shop.up()
    assert run(shop, "ls /data /more | wc -w") == "2\n"  # the two headings


def test_a_damaged_snapshot_is_refused_before_anything_is_touched(shop: Playground) -> None:
    saved(shop)
    (path,) = Path(shop.environment["XDG_DATA_HOME"]).rglob("data.tar")
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1
    path.write_bytes(content)
    ids = shop.ids()
    answer = shop.envctl("snapshot", "restore", "seed")
    assert answer.code == 1
    assert "snapshot seed is damaged" in answer.stderr
    assert shop.ids() == ids
    assert shop.envctl("up", "--dry-run").stdout == "nothing to do\n"


@pytest.fixture
def database(shop: Playground) -> Iterator[Playground]:
    """The same, on an image that says its version in its tag."""
    images = [f"{shop.name}-db:{number}" for number in (15, 16)]
    for number, image in zip((15, 16), images, strict=True):
        text = f"FROM busybox:1.35\nLABEL number={number}\n"
        subprocess.run(["docker", "build", "-q", "-t", image, "-"], input=text.encode(), check=True)
    shop.environment["DB_IMAGE"] = images[0]
    shop.up()
    yield shop
    for image in images:
        try:
            engine().images.remove(image, force=True)
        except docker.errors.ImageNotFound:
            continue


def test_another_major_version_is_refused_unless_forced(database: Playground) -> None:
    before = saved(database)
    database.environment["DB_IMAGE"] = f"{database.name}-db:16"
    database.up()
    ids = database.ids()
    answer = database.envctl("snapshot", "restore", "seed")
    assert answer.code == 5
    assert "(version 16), and data was saved with" in answer.stderr
    assert answer.stderr.splitlines()[-1] == ("hint: envctl snapshot restore seed --force does it")
    assert database.ids() == ids
    assert database.envctl("snapshot", "restore", "seed", "--force").code == 0
    assert run(database, SHOWN) == before


def test_a_volume_that_somebody_else_uses_is_refused(shop: Playground) -> None:
    saved(shop)
    name = f"{shop.name}-guest"
    mount = ["--volume", f"{shop.name}_data:/data"]
    subprocess.run(["docker", "create", "--name", name, *mount, "busybox:1.35"], check=True)
    try:
        answer = shop.envctl("snapshot", "restore", "seed")
        assert answer.code == 5
        assert f"docker rm -f {name}" in answer.stderr
    finally:
        subprocess.run(["docker", "rm", name], check=True)


POSTGRES = """\
    services:
      db:
        image: postgres:15
        environment: {POSTGRES_PASSWORD: secret}
        volumes: [data:/var/lib/postgresql/data]
        healthcheck: {test: [CMD, pg_isready, -h, 127.0.0.1], interval: 1s, start_interval: 100ms, start_period: 60s}
      web:
        image: busybox:1.35
        init: true
        command: [sleep, "3600"]
    volumes: {data: {}}
"""  # noqa: E501 - one line is easier to read here


def test_a_database_that_is_written_to_comes_back_as_it_was(playground: Playground) -> None:
    playground.write("compose.yaml", POSTGRES)
    playground.up()

    def sql(text: str) -> str:
        return run(playground, f'psql -U postgres -v ON_ERROR_STOP=1 -qAtc "{text}"').strip()

    sql("create table t as select generate_series(1, 100000) as n")
    # a writer that never ends: the copy is made in the middle of its work
    insert = "insert into t select 1 from generate_series(1, 500)"
    busy = f"while psql -U postgres -qc '{insert}'; do :; done"
    playground.container("db").exec_run(["sh", "-c", busy], detach=True)
    eventually(lambda: int(sql("select count(*) from t")) > 105_000, "rows of the writer")
    assert playground.envctl("snapshot", "save", "seed").code == 0
    web = playground.container("web").id
    sql("drop table t")
    answer = playground.envctl("snapshot", "restore", "seed", "db")
    assert answer.code == 0, answer.stderr
    count = int(sql("select count(*) from t"))
    assert count >= 105_000
    assert count % 500 == 0, "whole transactions"
    assert sql("select count(distinct n) from t where n > 1") == "99999"
    assert playground.container("web").id == web

"""`bisect`: the first bad release, found by running some of them, unbuilt.

`ENVCTL_RELEASES=64` makes so many releases for the first test.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.conftest import (
    Answer,
    _remove,
    eventually,
    free_port,
    new_playground,
    remove_images,
)
from tests.e2e.desk import Desk, desk_of
from tests.e2e.registry_door import RegistryDoor
from tests.e2e.releasing import repository
from tests.e2e.staging import EXITS_AT_ONCE, LEAN, Staged, clean_stages, forget_images
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine

COUNT = int(os.environ.get("ENVCTL_RELEASES", "8"))
BUYS = """
import os, sys, urllib.request
with urllib.request.urlopen(os.environ["ENVCTL_URL"] + "/price", timeout=10) as got:
    price = got.read().decode().strip()
print(os.environ["ENVCTL_PLAYGROUND"], os.environ["ENVCTL_RELEASE"], "costs", price)
sys.exit(price != "5")
"""
BUY = ("--", sys.executable, "-c", BUYS)
WAITS = "touch begun; while ! test -e go; do sleep 0.05; done; test $ENVCTL_RELEASE != 1.4"
WAIT = ("--", "sh", "-c", WAITS)
COMPOSE = f"""{LEAN.replace("${GREETING:-hello}", "${GREETING:?what it says}")}\
    volumes: [data:/data]
volumes: {{data: {{}}}}
"""
PRICES = {"1.0": "5", "1.1": "5", "1.2": "5", "1.3": "5", "1.4": "500", "1.5": "500"}
BROKEN = "1.2"


@dataclass
class Shop:
    """A project whose release 1.2 cannot start and whose prices are wrong from 1.4 on."""

    staged: Staged
    door: RegistryDoor

    @property
    def image(self) -> str:
        """The digest of the image of 1.1."""
        shown = self.staged.json("show", "1.1")
        (image,) = shown["images"]
        return str(image["digest"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The project in its checkout, and its registry."""
    with ExitStack() as held:
        door = RegistryDoor(held.enter_context(FakeRegistry()))
        held.callback(door.shut)
        held.callback(remove_images, f"{door.address}/")
        playground = held.enter_context(new_playground(tmp_path_factory.mktemp("shop")))
        held.callback(clean_stages, lambda name: name == playground.name)
        playground.environment |= {"GREETING": "hello", "WEB_PORT": str(free_port())}
        staged = Staged(playground, {"integration": free_port()}, compose=COMPOSE)
        staged.write(door.address)
        for version, price in PRICES.items():
            more = EXITS_AT_ONCE if version == BROKEN else {}
            staged.release(version, **{"www/price": price, **more})
        yield Shop(staged, door)


@contextmanager
def at_a_desk(folder: Path, staged: Staged) -> Iterator[Desk]:
    """Yield somebody who has the registry's address, and no source."""
    with desk_of(folder, staged) as made:
        made.machine.write(
            "my.env", f"TOKEN_FILE=token.txt\nGREETING=hello\nWEB_PORT={free_port()}\n"
        )
        try:
            yield made
        finally:
            for number in ("", "-2"):
                _remove(f"{staged.name}-bisect{number}")


@pytest.fixture
def desk(tmp_path: Path, shop: Shop) -> Iterator[Desk]:
    with at_a_desk(tmp_path, shop.staged) as made:
        yield made


def words(desk: Desk, good: str, bad: str, *more: str) -> tuple[str, ...]:
    options = ("--from", desk.address(""), "--env-file", "my.env")
    return ("bisect", *options, "--good", good, "--bad", bad, *more)


def bisect(desk: Desk, good: str, bad: str, *more: str) -> Answer:
    """Look for the first bad release, to the end."""
    answer = desk.machine.envctl(*words(desk, good, bad, *more))
    assert "Traceback" not in answer.stderr
    assert left(desk.project) == [], answer.stderr
    return answer


def left(project: str) -> list[str]:
    """Return what there is of playgrounds of a bisect: containers, volumes and networks."""
    http = EngineHttp()
    names = [row["Names"][0][1:] for row in http.get_json("/containers/json", all=True)]
    names += [row["Name"] for row in http.get_json("/volumes")["Volumes"] or []]
    names += [row["Name"] for row in http.get_json("/networks")]
    return [name for name in names if name.startswith(f"{project}-bisect")]


@contextmanager
def waiting(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """Yield a bisect whose command has begun, and ends when there is a file `go`."""
    process = desk.machine.start(*words(desk, "1.0", "1.5", *WAIT))
    try:
        eventually((desk.machine.folder / "begun").exists, "the command")
        yield process
    finally:
        go(desk)
        process.kill()
        process.communicate()


def go(desk: Desk) -> None:
    (desk.machine.folder / "go").touch()


def test_the_first_bad_release_is_found_in_the_fewest_runs(staged: Staged, tmp_path: Path) -> None:
    """The project has a database, a job, a worker and a secret."""
    first_bad = COUNT * 5 // 8
    for n in range(COUNT):
        staged.release(f"1.{n}", **{"www/price": "500" if n >= first_bad else "5"})
    with at_a_desk(tmp_path, staged) as desk:
        answer = bisect(desk, "1.0", f"1.{COUNT - 1}", "--json", *BUY)
    assert answer.code == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["first_bad"]["version"] == f"1.{first_bad}"
    assert found["last_good"]["version"] == f"1.{first_bad - 1}"
    assert len(found["runs"]) <= math.ceil(math.log2(COUNT - 1)) <= 7
    images = [difference["what"] for difference in found["differences"]["images"]]
    assert images == [f"image of {service}" for service in ("migrate", "web", "worker")]
    first = found["runs"][0]["version"]
    assert f"{desk.project}-bisect {first} costs" in answer.stderr, "stdout is the answer alone"


def test_a_checkout_tells_the_commits_and_the_images_that_differ(shop: Shop) -> None:
    checkout = shop.staged.playground
    answer = checkout.envctl("bisect", "--good", "1.3", "--bad", "1.5", *BUY)
    assert answer.code == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[0].startswith("1.4 (sha256:")
    assert lines[0].endswith("is the first bad release, after 1 run")
    assert lines[1].startswith("1.3 (sha256:")
    assert lines[2].startswith("commits: ")
    assert lines[3].endswith(" a change (Ada)")
    assert any(line.startswith("image of web: sha256:") for line in lines)
    assert left(shop.staged.name) == []


def test_what_cannot_start_is_skipped(desk: Desk) -> None:
    answer = bisect(desk, "1.0", "1.5", *BUY)
    assert answer.code == 0, answer.stderr
    assert "1.4 (sha256:" in answer.stdout.splitlines()[0]
    assert "1.2 is skipped: it cannot start: web" in answer.stderr


def test_where_that_hides_the_first_bad_one_all_that_it_may_be_are_told(desk: Desk) -> None:
    answer = bisect(desk, "1.1", "1.3", *BUY)
    assert answer.code == 1
    first, *suspects = answer.stdout.splitlines()[:3]
    assert first == "the first bad release is one of these, after 1 run:"
    assert [line.split()[0] for line in suspects] == ["1.2", "1.3"]
    assert "it cannot start" in suspects[0]


def test_an_image_that_is_gone_from_the_registry_is_skipped(shop: Shop, desk: Desk) -> None:
    image, server = shop.image, shop.door.registry
    forget_images(desk.project)
    here = server.repository(repository(shop.staged.playground))
    kept = here.manifests.pop(image)
    try:
        answer = bisect(desk, "1.0", "1.4", "--json", *BUY)
    finally:
        here.manifests[image] = kept
    assert answer.code == 0, answer.stderr
    runs = {run["version"]: run["verdict"] for run in json.loads(answer.stdout)["runs"]}
    assert runs == {"1.2": "skipped", "1.1": "skipped", "1.3": "good"}


def test_each_release_begins_with_no_data(desk: Desk) -> None:
    envctl = f"{sys.executable} -m envctl --name $ENVCTL_PLAYGROUND exec -T web --"
    script = f"{envctl} test ! -e /data/mark && {envctl} touch /data/mark"
    answer = bisect(desk, "1.0", "1.5", "--", "sh", "-c", script)
    assert "1.5 (sha256:" in answer.stdout.splitlines()[0], answer.stderr
    assert "note: no run was bad: that 1.5 is, was taken on trust" in answer.stderr


def test_a_setting_that_is_lacking_ends_it_and_is_named(desk: Desk) -> None:
    desk.machine.write("my.env", "NOTHING=1\n")
    answer = bisect(desk, "1.0", "1.5", *BUY)
    assert (answer.code, "GREETING (what it says)" in answer.stderr) == (3, True)


def test_a_program_that_there_is_not_ends_it(desk: Desk) -> None:
    answer = bisect(desk, "1.3", "1.5", "--", "no-such-program")
    assert (answer.code, "no-such-program cannot be started" in answer.stderr) == (2, True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing(desk: Desk, how: signal.Signals) -> None:
    with waiting(desk) as process:
        assert left(desk.project) != []
        process.send_signal(how)
        process.communicate(timeout=60)
        assert process.returncode == 130
    assert left(desk.project) == []


def test_a_registry_that_goes_away_ends_it(shop: Shop, desk: Desk) -> None:
    with waiting(desk) as process:
        shop.door.shut()
        try:
            go(desk)
            _, talk = process.communicate(timeout=120)
        finally:
            shop.door.open()
        assert (process.returncode, "no registry answers" in talk) == (4, True)
    assert left(desk.project) == []


def test_what_one_that_was_killed_left_goes_with_the_next(desk: Desk) -> None:
    with waiting(desk) as process:
        process.kill()
        process.wait()
    assert left(desk.project) != []
    answer = bisect(desk, "1.3", "1.5", *BUY)
    assert f"{desk.project}-bisect 1.4 costs 500" in answer.stderr


def test_two_at_once_have_a_playground_each(desk: Desk) -> None:
    with waiting(desk) as process:
        answer = desk.machine.envctl(*words(desk, "1.3", "1.5", *BUY))
        assert answer.code == 0, answer.stderr
        assert f"{desk.project}-bisect-2 1.4 costs 500" in answer.stderr
        go(desk)
        found, _ = process.communicate(timeout=120)
        assert (process.returncode, "1.4 (sha256:" in found) == (0, True)
    assert left(desk.project) == []


def test_the_data_of_others_under_that_name_is_left_alone(desk: Desk) -> None:
    http, project = EngineHttp(), f"{desk.project}-bisect"
    labels = {"com.docker.compose.project": project, "com.docker.compose.volume": "data"}
    http.post("/volumes/create", {"Name": f"{project}_mine", "Labels": labels})
    try:
        answer = desk.machine.envctl(*words(desk, "1.3", "1.5", *BUY))
        assert answer.code == 0, answer.stderr
        assert f"{project}-2 1.4 costs 500" in answer.stderr
        assert left(desk.project) == [f"{project}_mine"]
    finally:
        http.delete(f"/volumes/{project}_mine")

"""`up --from`: what a stage runs, on another machine, with the registry's address alone."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from envctl.adapters.engine_http import EngineHttp
from tests.e2e.desk import TOKEN, Desk, containers, desk_of, playgrounds
from tests.e2e.read_only_engine import read_only_engine
from tests.e2e.staging import Staged
from tests.fake_registry import FakeRegistry

pytestmark = pytest.mark.engine


@pytest.fixture
def anyone(tmp_path: Path, pair: Staged) -> Iterator[Desk]:
    """A tester of the project whose stages run 1.0."""
    with desk_of(tmp_path, pair) as made:
        yield made


def answer(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as got:
        return str(got.read().decode()).strip()


def image_of(container: str) -> str:
    return str(EngineHttp().get_json(f"/containers/{container}/json")["Image"])


def test_an_empty_folder_and_the_registry_are_enough(pair: Staged, anyone: Desk) -> None:
    anyone.up("@integration")
    name = f"{pair.name}-from-integration"
    rows = {row["service"]: row for row in anyone.json("ps")}
    assert answer(rows["web"]["addresses"][0]) == "1.0"
    for service in ("web", "worker", "db"):
        there = pair.container(service)
        assert image_of(f"{name}-{service}-1") == image_of(there), "the very image"
    told = anyone.machine.envctl("exec", "web", "--", "cat", "/run/secrets/token")
    assert told.stdout.strip() == TOKEN
    proof = anyone.machine.envctl("verify")
    assert proof.code == 0, proof.stdout
    assert f"{name} and integration: the same release, the same image digests" in proof.stdout


def test_the_second_time_there_is_nothing_to_do(anyone: Desk) -> None:
    anyone.up("@integration")
    before = containers(anyone.project)
    answer = anyone.machine.envctl("up", "--from", anyone.address("@integration"))
    assert (answer.code, containers(anyone.project)) == (0, before)
    assert "nothing to do" in answer.stderr


def test_several_stand_beside_each_other_and_a_list_tells_them_apart(
    pair: Staged, anyone: Desk
) -> None:
    anyone.up("@integration")
    anyone.up("@production")
    anyone.up(":1.0", "web")
    rows = {row["name"]: row for row in anyone.json("list") if row["release"]}
    assert {name.removeprefix(pair.name): row["release"] for name, row in rows.items()} == {
        "-from-integration": "1.0 (integration)",
        "-from-production": "1.0 (production)",
        "-from-1-0": "1.0",
    }
    addresses = [row["addresses"] for row in rows.values()]
    assert [answer(a[0]) for a in addresses] == ["1.0"] * 3
    told = anyone.machine.envctl("ps")
    assert told.code == 2
    assert "several playgrounds were started in" in told.stderr


def test_down_leaves_the_data_and_with_volumes_nothing(
    tmp_path: Path, pair: Staged, anyone: Desk
) -> None:
    anyone.up("@integration")
    assert anyone.machine.envctl("exec", "db", "--", "touch", "/data/mine").code == 0
    assert anyone.machine.envctl("down").code == 0
    assert containers(pair.name) == {}
    assert anyone.machine.envctl("up").code == 0
    assert anyone.machine.envctl("exec", "db", "--", "ls", "/data/mine").code == 0
    assert anyone.machine.envctl("down", "--volumes").code == 0
    assert playgrounds(pair.name) == set()
    left = [p for p in (tmp_path / "testers-state").rglob("*") if not p.is_dir()]
    assert [path for path in left if path.suffix not in (".lock",)] == []


def test_a_snapshot_is_taken_and_a_reset_leads_back_to_it(anyone: Desk) -> None:
    anyone.up("@integration", "db")
    assert anyone.machine.envctl("snapshot", "save", "clean").code == 0
    assert anyone.machine.envctl("exec", "db", "--", "touch", "/data/mine").code == 0
    assert anyone.machine.envctl("snapshot", "restore", "clean").code == 0
    assert anyone.machine.envctl("exec", "db", "--", "ls", "/data/mine").code != 0


def test_what_the_stage_gave_and_a_tester_lacks_is_asked_for_in_one_sentence(
    anyone: Desk,
) -> None:
    code, said = anyone.refused(anyone.address("@integration"))
    assert code == 3
    assert "the release needs TOKEN_FILE (the file with the secret token)" in said
    assert "--env-file FILE" in said


def test_a_dry_run_tells_the_plan_and_writes_nothing(tmp_path: Path, anyone: Desk) -> None:
    files = sorted(tmp_path.rglob("*"))
    with read_only_engine(tmp_path) as (address, refused):
        told = anyone.machine.envctl(
            "up", "--from", anyone.address("@integration"), "--env-file", "my.env", "--dry-run",
            DOCKER_HOST=address,
        )  # fmt: skip
    assert (told.code, refused) == (0, []), told.stderr
    assert sorted(told.stdout.splitlines()) == [
        f"create {service}: no container" for service in ("db", "migrate", "web", "worker")
    ]
    assert [p for p in sorted(tmp_path.rglob("*")) if p.name != "engine.sock"] == files


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("@nope", 2, "there is no stage 'nope'"),
        (":9.9", 2, "'9.9' is no release"),
        ("", 2, "this is no address of releases"),
    ],
)
def test_what_there_is_not_is_told(anyone: Desk, what: str, code: int, said: str) -> None:
    told = anyone.refused(anyone.address(what))
    assert told[0] == code
    assert said in told[1]


def test_a_registry_that_is_not_there_and_a_project_it_does_not_have(anyone: Desk) -> None:
    code, said = anyone.refused("127.0.0.1:1/shop@integration")
    assert (code, "no registry answers at 127.0.0.1:1" in said) == (4, True)
    code, said = anyone.refused(f"{anyone.registry}/nobody/shop@integration")
    assert (code, "/nobody/shop has no releases" in said) == (2, True)


def test_a_checkout_names_its_stages_and_brings_a_service_of_its_own(
    pair: Staged, anyone: Desk
) -> None:
    checkout = pair.playground
    (checkout.folder / "my.env").write_text("TOKEN_FILE=token.txt\n")
    name = f"{pair.name}-from-integration"
    words = ("--name", name, "up", "--from", "integration", "--env-file", "my.env")
    (checkout.folder / "app/www/index.html").write_text("mine\n")
    try:
        told = checkout.envctl(*words, "--with", "web")
        assert told.code == 0, told.stderr
        rows = json.loads(checkout.envctl("--name", name, "ps", "--json").stdout)
        (web,) = [row for row in rows if row["service"] == "web"]
        assert answer(web["addresses"][0]) == "mine"
        proof = checkout.envctl("--name", name, "verify", "--json")
        assert proof.code == 1
        said = json.loads(proof.stdout)["playground"]["complaints"]
        assert said == [f"web is that of {checkout.folder}, not of the release"]
        assert checkout.envctl(*words).code == 0
        assert checkout.envctl("--name", name, "verify").code == 0, "as it was released again"
    finally:
        (checkout.folder / "app/www/index.html").write_text("1.0\n")
        checkout.envctl("--name", name, "down", "--volumes")


def test_a_name_that_is_another_playgrounds_or_a_stages_is_refused(
    pair: Staged, anyone: Desk
) -> None:
    stage = f"{pair.name}-integration"
    words = ("up", "--from", anyone.address(":1.0"), "--env-file", "my.env")
    told = anyone.machine.envctl("--name", stage, *words)
    assert told.code == 5
    assert "playground" in told.stderr
    assert pair.run("status", "integration").code == 0, "the stage is as it was"


def test_a_stage_that_went_on_is_told_and_followed(lean: Staged, tmp_path: Path) -> None:
    lean.serve("1.0")
    with desk_of(tmp_path, lean) as anyone:
        anyone.up("@integration")
        lean.serve("2.0")
        told = anyone.machine.envctl("verify")
        assert told.code == 1
        assert "integration runs 2.0 now, this was 1.0: envctl up --from" in told.stdout
        anyone.up("@integration")
        (row,) = anyone.json("ps")
        assert answer(row["addresses"][0]) == "2.0"
        assert anyone.machine.envctl("verify").code == 0


def written(folder: Path) -> list[Path]:
    """Return all files there are, but for those that commands take turns by, which are empty."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if path.stat().st_size or path.suffix != ".lock"]


DEMANDS = """\
    privileged: true
    volumes: ["/var/run/docker.sock:/s", "/etc:/e:ro"]
"""


def test_what_asks_for_this_machine_is_refused_and_allowed_to_who_trusts_it(
    lean: Staged, tmp_path: Path
) -> None:
    lean.playground.write("compose.yaml", lean.compose + DEMANDS)
    lean.release("1.0")
    with desk_of(tmp_path, lean) as anyone:
        files = written(tmp_path)
        code, said = anyone.refused(anyone.address(":1.0"))
        assert code == 5
        assert "1.0 asks for 3 things of this machine" in said
        assert "services.web.privileged: " in said
        assert "the engine's socket" in said
        assert "/etc" in said
        assert "--allow-host" in said
        assert written(tmp_path) == files
        anyone.up(":1.0", "--allow-host")
        name = f"{lean.name}-from-1-0-web-1"
        assert EngineHttp().get_json(f"/containers/{name}/json")["HostConfig"]["Privileged"]


def test_what_a_registry_does_not_give_as_it_was_is_refused(
    lean: Staged, memory_registry: FakeRegistry, tmp_path: Path
) -> None:
    lean.release("1.0")
    with desk_of(tmp_path, lean) as anyone:
        files = written(tmp_path)
        memory_registry.faults.wrong_content = True
        code, _ = anyone.refused(anyone.address(":1.0"))
        memory_registry.faults.wrong_content = False
        assert code in (1, 4)
        memory_registry.faults.status = 401
        code, said = anyone.refused(anyone.address(":1.0"))
        memory_registry.faults.status = 0
        assert code != 0
        assert "docker login" in said
        assert written(tmp_path) == files


def test_a_release_for_another_machine_is_refused(lean: Staged, tmp_path: Path) -> None:
    lean.release("1.0")
    with desk_of(tmp_path, lean) as anyone:
        answer = anyone.machine.envctl(
            "up", "--from", anyone.address(":1.0"), DOCKER_DEFAULT_PLATFORM="linux/s390x"
        )
        assert answer.code == 5
        assert "1.0 is for another platform than this engine, linux/s390x: it has web for" in (
            answer.stderr
        )
